interface Start {
  /** When it was first looked at, and last (monotonic ms). */
  readonly since: number
  seen: number
  worked: boolean
}

/** Who has not been looked at for so long (ms) is forgotten. */
const forgottenAfterMs = 3_600_000

/**
 * Follows how instances start, for flavors: until one has worked for the first time it may take a while. In memory only:
 * after a restart all are given their time anew.
 */
export class StartWatch {
  readonly #starts = new Map<string, Start>()

  constructor(private readonly now: () => number = () => performance.now()) {}

  /** Notes that an instance works. */
  works(id: string): void {
    this.#look(id).worked = true
  }

  /** Whether it has worked since it was first looked at. */
  hasWorked(id: string): boolean {
    return this.#look(id).worked
  }

  /** Whether an instance that does not work may still be starting: it never has, and was first looked at not long ago. */
  mayTakeTime(id: string, periodMs: number): boolean {
    const { since, worked } = this.#look(id)
    return !worked && this.now() - since < periodMs
  }

  forget(id: string): void {
    this.#starts.delete(id)
  }

  #look(id: string): Start {
    const now = this.now()
    const known = this.#starts.get(id)
    if (known) {
      known.seen = now
      return known
    }
    for (const [other, { seen }] of this.#starts) if (now - seen > forgottenAfterMs) this.#starts.delete(other)
    const start = { since: now, seen: now, worked: false }
    this.#starts.set(id, start)
    return start
  }
}
