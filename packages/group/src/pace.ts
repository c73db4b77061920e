import type { Clock } from './ports.js'

/** While there is more to come, what calls for a look is gathered for so long at least and at most (ms). */
const gatherMs = { least: 100, most: 3000 } as const
/** Looks, with all that comes of them, take a twentieth of the time at most: one at 10,000 instances takes 200 ms. */
const gatherPerLook = 20
/** Who wants to see the group waits so long for a listing at least (ms), and twice as long as the last one took. */
const shownMs = 5000

/** How soon a group looks again: at once when nothing else is under way, otherwise once for many reasons. */
export class Pace {
  #lookTook = 0

  constructor(private readonly clock: Clock) {}

  /** Measures how long a look takes. */
  async time<T>(look: () => Promise<T>): Promise<T> {
    const began = this.clock.now()
    try {
      return await look()
    } finally {
      this.#lookTook = this.clock.now() - began
    }
  }

  /** How long a listing may take (ms) that somebody waits for who could be told of the last one instead. */
  get worthWaiting(): number {
    return Math.max(shownMs, 2 * this.#lookTook)
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

  /** How long looks are to be apart (ms). */
  get #rest(): number {
    return Math.min(gatherMs.most, gatherPerLook * this.#lookTook)
  }
}
