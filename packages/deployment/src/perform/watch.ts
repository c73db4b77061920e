import { InfrakitError, messageOf, type LiveServer } from '@infrakit/spi'
import type { Action } from '../actions.js'
import { Counters } from '../analysis/counters.js'
import { fails, type Tally } from '../analysis/errors.js'
import { SlownessWatch } from '../analysis/slowness.js'
import type { Performing } from '../executor.js'
import type { Ports } from '../ports.js'
import { seconds } from '../settings.js'
import { Diagnosed } from './diagnosis.js'
import { environmentOf, placesOf } from './environment.js'
import { Lasting } from './lasting.js'

type Watch = Extract<Action, { Type: 'watch' }>

/** How often the counters are read (ms): a canary that fails is to be seen before many have met it. */
const readMs = 200

/**
 * Lets a release have its share until its time is over, it has answered enough requests, and, if so asked, a person has
 * promoted it. Throws as soon as it fails.
 */
export async function watch(ports: Ports, action: Watch, performing: Performing): Promise<void> {
  const { Analysis } = action
  const { clock } = ports
  const begun = clock.now()
  const [canary, old] = [new Counters(), new Counters()]
  const slow = new SlownessWatch(Analysis.Slowdown ?? 3)
  const checks = new OwnChecks(ports, action)
  const lasting = new Lasting(ports, action.About)
  let promoted = false
  void performing.promoted.then(() => (promoted = true))
  for (;;) {
    performing.signal.throwIfAborted()
    const servers = await liveServers(ports, action)
    canary.note(of(servers, action.About.Group))
    old.note(of(servers, action.Old))
    if (Analysis.Counters ?? true) judgeCounters(action, canary, old, slow, clock.now())
    await lasting.check(performing.signal)
    await checks.run(performing)
    const waitsFor = whatFor(action, clock.now() - begun, canary.tally.requests, promoted)
    if (waitsFor === undefined) return
    const { requests, failures } = canary.tally
    performing.doing(`${waitsFor}; ${requests} requests to ${action.About.Group}, ${failures} of them failed`)
    await clock.sleep(readMs, performing.signal)
  }
}

type Placed = readonly [place: string, server: LiveServer]

async function liveServers(ports: Ports, { Proxies, Routes }: Watch): Promise<Placed[]> {
  const asked = Proxies.flatMap((name) =>
    Routes.map(async (route): Promise<Placed[]> => {
      try {
        const { proxy } = await ports.proxy(name)
        const { Route } = await proxy.describe({ Name: route }, { timeout: 5000 })
        return Route.Servers.map((server) => [`${name}/${route}/${server.Name}`, server] as const)
      } catch {
        // A proxy that cannot be asked at this moment says nothing of the canary.
        return []
      }
    }),
  )
  return (await Promise.all(asked)).flat()
}

function of(servers: readonly Placed[], group: string): Placed[] {
  return servers.filter(([, { Backend }]) => Backend === group)
}

function judgeCounters({ About, Analysis }: Watch, canary: Counters, old: Counters, slow: SlownessWatch, now: number) {
  const { requests } = canary.tally
  if (fails(canary.tally, old.tally, Analysis.ErrorRate ?? 0.01)) {
    throw new Diagnosed('plugin-failed', `${About.Group} fails: ${inWords(canary.tally)}`, [
      `meanwhile the old release: ${inWords(old.tally)}`,
    ])
  }
  if (slow.note({ now, requests, canaryMs: canary.meanMs, oldMs: old.meanMs })) {
    const [mine, theirs] = [Math.round(canary.meanMs ?? 0), Math.round(old.meanMs ?? 0)]
    throw new Diagnosed('plugin-failed', `${About.Group} is slow: ${mine} ms, the old release ${theirs} ms`, [])
  }
}

function inWords({ requests, failures }: Tally): string {
  return `${failures} of ${requests} requests failed`
}

/** What the step still waits for; `undefined` when it is over. Throws when enough requests have not come in time. */
function whatFor({ About, Manual, Seconds, Analysis }: Watch, ms: number, requests: number, promoted: boolean) {
  if (promoted) return undefined
  if (Manual) return 'waits for promote'
  const left = Math.ceil(Seconds - ms / 1000)
  if (left > 0) return `${left}s left`
  const wanted = Analysis.MinRequests ?? 0
  if (requests >= wanted) return undefined
  const timeout = seconds(Analysis.Timeout, '10m')
  if (ms / 1000 > Seconds + timeout) {
    throw new InfrakitError('timeout', `only ${requests} of ${wanted} requests came to ${About.Group} in ${timeout}s`, {
      hint: 'lower Analysis.MinRequests, or raise its Timeout or the first of Steps',
    })
  }
  return `waits for ${wanted} requests`
}

/** What the user wrote to judge a release by. */
class OwnChecks {
  #due = 0

  constructor(
    private readonly ports: Ports,
    private readonly action: Watch,
  ) {}

  /** Runs them when they are due. Throws when one fails. */
  async run(performing: Performing): Promise<void> {
    const { Analysis } = this.action
    if ((!Analysis.Command && !Analysis.Prometheus) || this.ports.clock.now() < this.#due) return
    await this.#command(performing)
    await this.#prometheus(performing)
    this.#due = this.ports.clock.now() + seconds(Analysis.Interval, '10s') * 1000
  }

  async #command({ signal, output }: Performing): Promise<void> {
    const { Analysis, About } = this.action
    if (!Analysis.Command) return
    const env = environmentOf(About, 'canary', await placesOf(this.ports, About, signal))
    const { code, output: text } = await this.ports.run(Analysis.Command, { env, timeoutMs: 60_000, signal })
    const lines = text.split(/\r?\n/).filter((line) => line !== '')
    output(lines)
    if (code !== 0)
      throw new Diagnosed('plugin-failed', `the command of the analysis exited with ${code}`, lines.slice(-30))
  }

  async #prometheus({ signal, output }: Performing): Promise<void> {
    const asked = this.action.Analysis.Prometheus
    if (!asked) return
    const value = await this.#query(asked.URL, asked.Query, signal)
    output([`Prometheus says ${value} to ${asked.Query}`])
    if ((asked.Min != null && value < asked.Min) || (asked.Max != null && value > asked.Max)) {
      const bounds = [asked.Min == null ? [] : `at least ${asked.Min}`, asked.Max == null ? [] : `at most ${asked.Max}`]
      throw new Diagnosed('plugin-failed', `Prometheus says ${value}, expected ${bounds.flat().join(' and ')}`, [
        asked.Query,
      ])
    }
  }

  async #query(base: string, query: string, signal: AbortSignal): Promise<number> {
    const url = `${base.replace(/\/$/, '')}/api/v1/query?query=${encodeURIComponent(query)}`
    try {
      const { status, body } = await this.ports.ask({ url, timeoutMs: 10_000, signal })
      if (status !== 200) throw new Error(`it answered ${status}`)
      return firstValue(JSON.parse(body))
    } catch (error) {
      throw new InfrakitError('plugin-failed', `Prometheus at ${base} gave no value: ${messageOf(error)}`, {
        cause: error,
      })
    }
  }
}

/** Of a scalar or of the first series of a vector, as Prometheus' HTTP API writes them. */
function firstValue(answer: unknown): number {
  const { data } = answer as { data?: { resultType?: string; result?: unknown } }
  const result =
    data?.resultType === 'scalar' ? data.result : (data?.result as { value?: unknown }[] | undefined)?.[0]?.value
  const value = Array.isArray(result) ? Number(result[1]) : NaN
  if (Number.isNaN(value)) throw new Error('there is no series')
  return value
}
