import { InfrakitError, kindOf, messageOf, type DeploymentNotification, type DeploymentPlan } from '@infrakit/spi'
import { HealingNews } from './healing-news.js'
import { keys } from './names.js'
import { Hints } from './perform/hints.js'
import type { Ports } from './ports.js'
import { readRecorded } from './read-facts.js'
import type { Journal } from './records.js'
import { Run } from './run.js'
import { Keeper } from './traffic/keeper.js'

/** Without news, the traffic of each service is looked at this often (ms). */
const resyncMs = 30_000
/** How often deployments are looked for whose owner is gone (ms). */
const searchMs = 10_000
/** Events come in bursts: one look for all of them (ms). */
const burstMs = 20

export interface Wishes {
  readonly notify: readonly DeploymentNotification[]
  readonly allowUnfenced: boolean
}

/** All services of one deployment plugin: what goes on in each, and who keeps its traffic. */
export class Services {
  readonly owner: string
  readonly #keepers = new Map<string, Keeper>()
  readonly #followed = new Set<string>()
  readonly #runs = new Map<string, Run>()
  readonly #ended = new AbortController()
  readonly #followers: Promise<void>[] = []

  constructor(private readonly ports: Ports) {
    this.owner = `${ports.plugin}@${ports.site}`
  }

  /** Takes up what earlier processes left, now and whenever there is something. Returns at once. */
  start(): void {
    this.#followers.push(this.#search())
  }

  /** Stops acting. What goes on is gone on with by the next process. */
  async stop(): Promise<void> {
    this.#ended.abort()
    await Promise.all([...this.#runs.values()].map((run) => run.stop()))
    await Promise.all(this.#followers)
  }

  keeper(service: string): Keeper {
    const known = this.#keepers.get(service)
    if (known) return known
    const keeper = new Keeper(service, this.ports, this.owner)
    this.#keepers.set(service, keeper)
    return keeper
  }

  /** The deployment that goes on in this process. */
  running(service: string): Run | undefined {
    return this.#runs.get(service)
  }

  /** See `Run.begin`. */
  async begin(plan: DeploymentPlan, first: Journal, check: () => Promise<void>, wishes: Wishes): Promise<void> {
    await this.#hold(plan.Service, wishes, (run) => run.begin(plan, first, check))
  }

  /** Goes on with a deployment that another process began. Throws `conflict` while that one has its lease. */
  async takeOver(service: string): Promise<void> {
    const { records, journal } = await readRecorded(this.ports, service)
    const spec = records.get(journal?.Report.Release ?? 0)?.Spec ?? records.get(journal?.Report.From ?? 0)?.Spec
    const wishes = { notify: spec?.Notify ?? [], allowUnfenced: spec?.AllowUnfenced ?? false }
    await this.#hold(service, wishes, (run) => run.takeOver())
  }

  async #hold(service: string, wishes: Wishes, begin: (run: Run) => Promise<void>): Promise<void> {
    if (this.#runs.has(service)) throw new InfrakitError('conflict', `a deployment of '${service}' goes on already`)
    if (this.#ended.signal.aborted) throw new InfrakitError('unavailable', 'the deployment plugin is ending')
    const { ports, owner } = this
    const run = new Run(service, { ports, keeper: this.keeper(service), owner, ...wishes })
    this.#runs.set(service, run)
    const forget = () => {
      if (this.#runs.get(service) === run) this.#runs.delete(service)
    }
    try {
      await begin(run)
    } catch (error) {
      forget()
      throw error
    }
    this.#follow(service)
    void run.ended.then(forget, forget)
  }

  /** Looks for services whose traffic is to be kept, and for deployments that nobody carries out. */
  async #search(): Promise<void> {
    const { clock } = this.ports
    const { signal } = this.#ended
    let wait = 250
    while (!signal.aborted) {
      try {
        await this.#takeUp()
        wait = searchMs
      } catch (error) {
        this.ports.log.debug({ error: messageOf(error) }, 'the registry cannot be asked')
        wait = Math.min(searchMs, wait * 2)
      }
      await clock.sleep(wait, signal)
    }
  }

  async #takeUp(): Promise<void> {
    const { registry } = await this.ports.registry()
    const { Entries } = await registry.list({ Prefix: keys.all })
    for (const { Key, Value } of Entries) {
      const [, service = '', what] = Key.split('/')
      if (what !== 'journal') continue
      const { Direction, Site } = this.ports.json.parse(Value) as Journal
      // Other machines may have their records in the same registry: what is theirs is none of ours.
      if (Site !== this.ports.site) continue
      this.#follow(service)
      if (Direction === 'ended' || this.#runs.has(service)) continue
      await this.takeOver(service).catch((error: unknown) => {
        // Its owner is alive, or something is away: there is a next time.
        this.ports.log.debug({ service, kind: kindOf(error), error: messageOf(error) }, 'not taken over')
      })
    }
  }

  #follow(service: string): void {
    if (this.#followed.has(service) || this.#ended.signal.aborted) return
    this.#followed.add(service)
    this.#followers.push(this.#keep(service))
  }

  /** Looks at a service's traffic when its groups change, and now and then. */
  async #keep(service: string): Promise<void> {
    const { clock } = this.ports
    const { signal } = this.#ended
    const keeper = this.keeper(service)
    const hints = new Hints(clock, signal)
    const healing = new HealingNews(service, this.ports, () => this.#runs.has(service))
    // Which group plugin it has is known with its first traffic.
    keeper.onTraffic = () => hints.hint()
    let doubtAt = clock.now() + resyncMs
    while (!signal.aborted) {
      if (clock.now() >= doubtAt) {
        keeper.doubt()
        doubtAt = clock.now() + resyncMs
      }
      await keeper.sync()
      const plugin = keeper.traffic?.GroupPlugin
      if (plugin !== undefined) {
        await this.ports.group(plugin).then(
          ({ at, watch }) =>
            hints.follow(
              at,
              watch,
              (group) => keeper.concerns(group),
              (group, news) => healing.hear(group, news),
            ),
          () => undefined,
        )
      }
      await hints.next(Math.max(1, doubtAt - clock.now()))
      await clock.sleep(burstMs, signal)
    }
    hints.stop()
  }
}
