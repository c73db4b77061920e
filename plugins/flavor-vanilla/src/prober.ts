import type { HealthyResult, InstanceDescription } from '@infrakit/spi'
import { addressOf, type Address } from './address.js'
import { count, freshCounters, isStarting } from './counters.js'
import type { Finding } from './finding.js'
import type { HealthSettings } from './health-properties.js'
import { attemptFor, formatTarget, probe, type RemoteTarget } from './probe.js'
import type { Agents, Attempt } from './probe-http.js'
import { answer } from './reason.js'
import { soon } from './soon.js'

/** The first question waits so long (ms) for the first result, so that what is healthy is known at once. */
const patienceMs = 1000
/** Within its start period an instance is probed so often (ms), or at its interval if shorter. */
const eagerMs = 1000

export interface ProberOptions {
  readonly target: RemoteTarget
  readonly settings: HealthSettings
  readonly agents: Agents
  /** Draws from [0, 1): the probes of many are spread over the interval. */
  readonly random: () => number
  /** Who has not been asked about for so long (ms), or for three intervals, is not probed any more until asked again. */
  readonly restMs: number
  /** Called when the verdict is another, and nobody is waiting for it. */
  readonly changed: () => void
}

/** Probes one instance as long as somebody asks for its health, and counts what comes back. */
export class Prober {
  readonly #attempt: Attempt
  #counters = freshCounters(performance.now())
  #address: Address | undefined
  #last: Finding | undefined
  #timer: NodeJS.Timeout | undefined
  #probing = false
  /** The first probe, or the first after a rest, while it is under way. */
  #first: Promise<void> | undefined
  /** How many wait for that. */
  #waiting = 0
  #askedAt = performance.now()
  #stopped = false

  constructor(private readonly options: ProberOptions) {
    this.#attempt = attemptFor(options.target, options.agents)
  }

  /** When it was last asked (monotonic ms). */
  get askedAt(): number {
    return this.#askedAt
  }

  /** The verdict so far. The first time, and after a rest, with the result of a probe in it, if that comes soon. */
  async ask(description: InstanceDescription): Promise<HealthyResult> {
    const { target, settings, random } = this.options
    this.#askedAt = performance.now()
    this.#follow(addressOf(description, target.port))
    if (!this.#timer && !this.#probing && !this.#stopped) this.#first = this.#run(random() * this.#periodMs())
    if (this.#first) {
      this.#waiting++
      await soon(this.#first, patienceMs)
      this.#waiting--
    }
    return answer(formatTarget(target, this.#address), this.#last, this.#counters, settings, performance.now())
  }

  /** Probes no more. */
  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
  }

  /** At another address there is another: what was counted does not hold for it. */
  #follow(address: Address | undefined): void {
    if (address?.host === this.#address?.host && address?.port === this.#address?.port) return
    this.#address = address
    this.#last = undefined
    this.#counters = freshCounters(performance.now())
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #periodMs(): number {
    const { settings } = this.options
    const starting = isStarting(this.#counters, settings, performance.now())
    return starting ? Math.min(eagerMs, settings.intervalMs) : settings.intervalMs
  }

  /** Probes once, and again after `waitMs`, and so on. A slow answer delays the next probe, never doubles it. */
  async #run(waitMs?: number): Promise<void> {
    this.#probing = true
    this.#timer = undefined
    const began = performance.now()
    const address = this.#address
    const finding = await this.#look(address)
    this.#probing = false
    this.#first = undefined
    if (this.#stopped) return
    const now = performance.now()
    if (address !== this.#address) {
      this.#first = this.#run(waitMs)
      return
    }
    this.#last = finding
    const before = this.#counters.verdict
    this.#counters = count(this.#counters, finding.outcome, this.options.settings, now)
    if (this.#counters.verdict !== before && this.#waiting === 0) this.options.changed()
    if (now - this.#askedAt > Math.max(this.options.restMs, 3 * this.options.settings.intervalMs)) return
    const wait = waitMs ?? Math.max(0, this.#periodMs() - (now - began))
    this.#timer = setTimeout(() => void this.#run(), wait).unref()
  }

  async #look(address: Address | undefined): Promise<Finding> {
    const { target, settings } = this.options
    if (address) return probe(this.#attempt, address, settings.timeoutMs)
    // Nothing was looked at. Only whoever says how long a start may take has said that it must have ended by then.
    const outcome = settings.startPeriodMs > 0 ? 'bad' : 'unclear'
    const which = target.port === undefined ? '' : ` for port ${target.port}`
    return { outcome, what: `the instance tells no endpoint${which}` }
  }
}
