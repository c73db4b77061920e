import type { Clock } from './ports.js'

/** While there is more to come, what calls for a look is gathered for so long at least and at most (ms). */
const gatherMs = { least: 100, most: 3000 } as const
/** Passes take a twentieth of the time at most: one over 10,000 instances, listing included, takes 200 ms. */
const restPerPass = 20
/** Who wants to see the group waits so long for a listing at least (ms), and twice as long as the last pass took. */
const shownMs = 5000

/** How soon a group looks again: at once when nothing else is under way, otherwise once for many reasons. */
export class Pace {
  #passTook = 0

  constructor(private readonly clock: Clock) {}

  /** Measures how long a pass takes: the listing, and what follows from it. */
  async time<T>(pass: () => Promise<T>): Promise<T> {
    const began = this.clock.now()
    try {
      return await pass()
    } finally {
      this.#passTook = this.clock.now() - began
    }
  }

  /** How long a listing may take (ms) that somebody waits for who could be told of the last one instead. */
  get worthWaiting(): number {
    return Math.max(shownMs, 2 * this.#passTook)
  }

  /**
   * When to look (monotonic ms).
   *
   * @param outstanding how many things are under way whose end will be a reason to look again
   */
  next(outstanding: number): number {
    return outstanding <= 0 ? 0 : this.clock.now() + Math.max(gatherMs.least, this.#rest)
  }

  /** When to look for something that is due at a time (both monotonic ms): soon after, together with what is due then. */
  shared(due: number): number {
    return this.#rest > 0 ? Math.ceil(due / this.#rest) * this.#rest : due
  }

  /** How long passes are to be apart (ms), where not each is urgent. */
  get #rest(): number {
    return Math.min(gatherMs.most, restPerPass * this.#passTook)
  }
}
