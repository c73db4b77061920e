import {
  InfrakitError,
  kindOf,
  messageOf,
  type DeploymentNotification,
  type DeploymentPlan,
  type DeploymentReport,
  type NotificationEvent,
} from '@infrakit/spi'
import { Executor, Steering } from './executor.js'
import { JournalKeeper } from './journal.js'
import { Logbook } from './logbook.js'
import { keys } from './names.js'
import { performer } from './perform/perform.js'
import { patienceOf, pluginsOf } from './plan-needs.js'
import type { Ports } from './ports.js'
import type { Journal, Said } from './records.js'
import { Deposed, type Tenure } from './tenure.js'
import type { Keeper } from './traffic/keeper.js'

export interface RunOptions {
  readonly ports: Ports
  readonly keeper: Keeper
  readonly owner: string
  /** Who is told, as the specification says. */
  readonly notify: readonly DeploymentNotification[]
  /** Plugins that cannot be fenced are gone on with. */
  readonly allowUnfenced: boolean
}

/** Between two attempts to get the lease back, or to go on after a defect (ms). */
const againMs = 1000

/** One deployment in this process, from the first entry of its journal, or from where another process left it, to its end. */
export class Run {
  readonly steering = new Steering()
  #journal: JournalKeeper | undefined
  #report: DeploymentReport | undefined
  #tenure: Tenure | undefined
  #stopping = false
  #begun: Promise<void> = Promise.resolve()
  #ended: Promise<void> = Promise.resolve()

  constructor(
    readonly service: string,
    private readonly options: RunOptions,
  ) {}

  /** How it is at this moment; absent until its journal was read. */
  get report(): DeploymentReport | undefined {
    const report = this.#journal?.journal.Report ?? this.#report
    return report && { ...report, Doing: this.steering.doing ?? null }
  }

  get recorded(): boolean {
    return this.#journal?.journal.Recorded ?? false
  }

  /** Resolves when it is under way; never rejects. */
  get begun(): Promise<void> {
    return this.#begun.catch(() => undefined)
  }

  /** Does as a person says, and resolves when that is written down: whoever takes the deployment over heeds it, too. */
  async hear(change: (before: Said) => Said): Promise<void> {
    const journal = this.#journal
    if (!journal) throw new InfrakitError('conflict', `the deployment of '${this.service}' has not begun`)
    this.steering.heed(change(journal.journal.Said))
    try {
      await journal.say(change)
    } catch (error) {
      if (!(error instanceof Deposed)) throw error
      throw new InfrakitError('unavailable', `it could not be written down: ${error.message}`, {
        hint: `infrakit deployment describe ${this.service} says how it stands`,
      })
    }
  }

  /** Resolves when it has ended, or goes on elsewhere. */
  get ended(): Promise<void> {
    return this.#ended
  }

  /**
   * Takes the lease, fences everybody else off and writes the first entry. Throws when that is impossible; then nothing
   * was changed. What follows goes on by itself.
   */
  begin(plan: DeploymentPlan, first: Journal, check: () => Promise<void>): Promise<void> {
    this.#begun = this.#begin(plan, first, check)
    return this.#begun
  }

  /** Goes on with what another process began. Throws `conflict` while that one has its lease. */
  takeOver(): Promise<void> {
    this.#begun = this.#takeOver()
    return this.#begun
  }

  async #begin(plan: DeploymentPlan, first: Journal, check: () => Promise<void>): Promise<void> {
    const tenure = await this.#enter(`${plan.Kind} of release ${plan.Release}`)
    try {
      await check()
      await this.#fence(plan, tenure)
      this.#journal = new JournalKeeper(first, plan, this.options.ports, tenure, this.#troubled)
      await this.#journal.open()
    } catch (error) {
      this.options.keeper.leave(tenure)
      await tenure.release()
      throw error
    }
    this.#tell('started', `${plan.Kind} of release ${plan.Release} of ${plan.Service} (${plan.Strategy}) has begun`)
    this.#notify('started', `Release ${plan.Release} of ${plan.Service}: ${plan.Kind} has begun`)
    this.#ended = this.#toItsEnd(tenure, this.#journal)
  }

  async #takeOver(): Promise<void> {
    const tenure = await this.#enter('takes over a deployment')
    const journal = await this.#read(tenure)
    if (!journal) {
      this.options.keeper.leave(tenure)
      return tenure.release()
    }
    this.steering.heed(journal.journal.Said)
    this.#journal = journal
    this.#tell('resumed', `Going on with release ${journal.plan.Release} of ${journal.plan.Service}`)
    this.#ended = this.#toItsEnd(tenure, journal)
  }

  /** Does no more; the next process of the same owner goes on. */
  async stop(): Promise<void> {
    this.#stopping = true
    this.#tenure?.abandon()
    await this.#ended
  }

  async #enter(reason: string): Promise<Tenure> {
    this.#tenure = await this.options.keeper.enter(reason)
    return this.#tenure
  }

  async #toItsEnd(first: Tenure, journal: JournalKeeper): Promise<void> {
    let [tenure, keeper]: [Tenure, JournalKeeper] = [first, journal]
    for (;;) {
      try {
        const outcome = await this.#execute(tenure, keeper)
        this.#report = keeper.journal.Report
        await tenure.release()
        this.options.keeper.leave(tenure)
        return this.#tellEnd(outcome, keeper)
      } catch (error) {
        this.options.keeper.leave(tenure)
        if (this.#stopping) return
        this.#interrupted(error)
        if (!(error instanceof Deposed)) await tenure.release()
      }
      const next = await this.#regain()
      if (!next) return
      ;[tenure, keeper] = next
      this.#journal = keeper
    }
  }

  async #execute(tenure: Tenure, journal: JournalKeeper): Promise<'succeeded' | 'reverted'> {
    const { ports, keeper } = this.options
    await this.#fence(journal.plan, tenure)
    const logbook = new Logbook(this.service, journal.journal.Number, ports)
    await logbook.load().catch(() => undefined)
    const save = () => logbook.save(tenure).catch(() => undefined)
    const executor = new Executor({
      journal,
      tenure,
      perform: performer(ports, keeper),
      steering: this.steering,
      clock: ports.clock,
      log: ports.log,
      output: (lines) => logbook.add(lines),
      tell: (type, message) => {
        this.#tell(type, message)
        if (type !== 'doing') logbook.add([message])
        if (type === 'step' || type === 'undo') void save()
      },
      patienceMs: patienceOf(journal.plan),
      ended: save,
    })
    return executor.run()
  }

  /** The lease again, and where the journal stands now; nothing when somebody else goes on, or all is over. */
  async #regain(): Promise<[Tenure, JournalKeeper] | undefined> {
    const { clock } = this.options.ports
    for (;;) {
      await clock.sleep(againMs)
      if (this.#stopping) return undefined
      try {
        const tenure = await this.#enter('goes on after an interruption')
        const journal = await this.#read(tenure)
        if (journal) return [tenure, journal]
        this.options.keeper.leave(tenure)
        await tenure.release()
        return undefined
      } catch (error) {
        if (kindOf(error) === 'conflict') {
          this.#tell('elsewhere', `Somebody else goes on: ${messageOf(error)}`)
          return undefined
        }
        this.#interrupted(error)
      }
    }
  }

  /** The unfinished deployment as it is recorded; `undefined` when there is none. */
  async #read(tenure: Tenure): Promise<JournalKeeper | undefined> {
    const { ports, owner } = this.options
    const { registry } = await ports.registry()
    const [journal, plan] = await Promise.all([
      registry.get({ Key: keys.journal(this.service) }),
      registry.get({ Key: keys.plan(this.service) }),
    ])
    if (!journal.Entry) return undefined
    const read = ports.json.parse(journal.Entry.Value) as Journal
    if (read.Direction === 'ended') {
      this.#report = read.Report
      return undefined
    }
    if (!plan.Entry) throw new InfrakitError('internal', `the plan of ${read.Report.ID} is not in the registry`)
    const { Plan } = ports.json.parse(plan.Entry.Value) as { Plan: DeploymentPlan }
    const taken = { ...read, Report: { ...read.Report, Owner: owner } }
    return new JournalKeeper(taken, Plan, ports, tenure, this.#troubled)
  }

  /** From now on nobody can act on an older right than ours. */
  async #fence(plan: DeploymentPlan, { fence }: Tenure): Promise<void> {
    const { ports, allowUnfenced } = this.options
    const { groups, proxies } = pluginsOf(plan)
    const found = await Promise.all([
      ...groups.map(async (name) => [name, (await ports.group(name)).fence] as const),
      ...proxies.map(async (name) => [name, (await ports.proxy(name)).fence] as const),
    ])
    await Promise.all(
      found.map(async ([name, fencing]) => {
        if (fencing) return fencing.raise(fence)
        if (allowUnfenced) return undefined
        throw new InfrakitError('incompatible', `'${name}' cannot refuse calls of an owner of the past`, {
          hint: 'AllowUnfenced: true goes on nevertheless',
        })
      }),
    )
  }

  readonly #troubled = (error: unknown): void => {
    this.steering.doing = `it cannot be written down: ${messageOf(error)}`
  }

  #interrupted(error: unknown): void {
    this.options.ports.log.warn({ service: this.service, error: messageOf(error) }, 'a deployment was interrupted')
    this.steering.doing = `interrupted: ${messageOf(error)}`
    this.#tell('interrupted', `Interrupted: ${messageOf(error)}; it goes on as soon as it can`)
  }

  #tellEnd(outcome: 'succeeded' | 'reverted', { plan, journal }: JournalKeeper): void {
    const { Failure, Leftovers } = journal.Report
    const what = `release ${plan.Release} of ${plan.Service}`
    const achieved = plan.Kind === 'remove' ? `${plan.Service} was removed` : `Active is ${what}`
    if (outcome === 'succeeded') {
      const left = Leftovers?.length ? `; left over: ${Leftovers.join('; ')}` : ''
      this.#notify(plan.Kind === 'rollback' ? 'rolled-back' : 'succeeded', `${achieved}${left}`)
    } else {
      this.#notify('failed', `${what} was taken back: ${Failure?.Message ?? 'nobody knows why'}`)
    }
    this.#tell(outcome, outcome === 'succeeded' ? achieved : `Taken back: ${Failure?.Message ?? what}`)
  }

  #tell(Type: string, Message: string): void {
    const report = this.report
    const ID = report?.ID ?? this.service
    this.options.ports.publish({ Topic: `deployments/${this.service}`, Type, ID, Message, Data: report ?? null })
    if (Type !== 'doing') this.options.ports.log.info({ service: this.service, deployment: ID, what: Type }, Message)
  }

  #notify(event: NotificationEvent, message: string): void {
    const details = { deployment: this.report ?? null }
    this.options.ports.notify(this.options.notify, { event, service: this.service, message, details })
  }
}
