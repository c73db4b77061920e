/** A request or an upgraded connection that has been given to a server. */
export interface UnderWay {
  /** Where it stands among those of its server; kept by `UnderWays`. */
  place?: number | undefined
  /** Ends it now, for its client too. */
  cut(): void
}

/**
 * What is under way at a server. No `Set`: V8 gives one a new table now and then, each of which keeps the next and all that was in
 * it from the garbage collector's quick rounds, and under load these then take milliseconds.
 */
export class UnderWays {
  readonly #all: UnderWay[] = []

  get size(): number {
    return this.#all.length
  }

  add(one: UnderWay): void {
    one.place = this.#all.push(one) - 1
  }

  /** One that is not there is no error. */
  delete(one: UnderWay): void {
    if (one.place === undefined || this.#all[one.place] !== one) return
    const last = this.#all.pop()
    if (last && last !== one) {
      this.#all[one.place] = last
      last.place = one.place
    }
    one.place = undefined
  }

  all(): UnderWay[] {
    return [...this.#all]
  }
}
