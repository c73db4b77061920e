import type { InstanceDescription, LastLines } from '@infrakit/spi'
import type { Acting } from './act.js'
import { Examiner } from './examiner.js'
import { HealthWatch } from './health-watch.js'
import { LastWords } from './last-words.js'
import type { Pace } from './pace.js'
import type { Clock } from './ports.js'
import type { Member } from './situation.js'

export interface ProbingOptions {
  readonly clock: Clock
  readonly pace: Pace
  /** How many actions are under way. */
  readonly unsettled: () => number
  /** Looks at the group now, or at the given time (monotonic ms). */
  readonly wake: (at?: number) => void
}

/** Knows how the members of one group are: asks the flavor, beside the passes, and keeps what the ailing wrote last. */
export class Probing {
  readonly health = new HealthWatch()
  readonly #lastWords: LastWords
  readonly #examiner: Examiner

  constructor(private readonly options: ProbingOptions) {
    this.#lastWords = new LastWords(options.clock)
    this.#examiner = new Examiner({ ...options, health: this.health, lastWords: this.#lastWords })
  }

  /** What members wrote before they were given up, the newest last. */
  get lastLines(): readonly LastLines[] {
    return this.#lastWords.all
  }

  /** When the next member is to be asked about (monotonic ms); Infinity when none is. */
  get nextDue(): number {
    return this.options.pace.shared(this.health.nextDue())
  }

  /** Asks about all who are due, and from now on about these; about nobody while they rest. */
  examine(acting: Acting, members: readonly InstanceDescription[], rest: boolean): void {
    if (rest) this.#examiner.rest()
    else this.#examiner.examine(acting, members)
  }

  /** The flavor tells that what it says of a member has changed, or, without an ID, that it may have of any. */
  hinted(id?: string): void {
    this.#examiner.hinted(id)
  }

  /** We made it. */
  born(id: string): void {
    this.health.born(id, this.options.clock.now())
  }

  /** Another interval is in force. */
  newInterval(ms: number): void {
    this.health.hasten(this.options.clock.now() + ms)
  }

  /** A member is about to be destroyed. */
  async parting(acting: Acting, { ID, State }: InstanceDescription, reason: string): Promise<void> {
    if (State === 'failed') await this.#lastWords.take(acting, ID, reason)
    this.#lastWords.forget(ID)
  }

  /** Takes down what those wrote that failed, before anybody is told: whoever hears of it asks why. */
  async hearFailed(acting: Acting, members: readonly Member[]): Promise<void> {
    await this.#lastWords.takeAll(
      acting,
      members.filter(({ condition }) => condition === 'failed'),
    )
  }

  /** Takes down what those wrote that are current and not well. */
  async hearAiling(acting: Acting, members: readonly Member[]): Promise<void> {
    const ailing = members.filter(({ current, condition }) => current && condition !== 'healthy')
    await this.#lastWords.takeAll(acting, ailing)
  }
}
