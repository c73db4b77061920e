type State = 'up' | 'down'

/** Which servers rest after failures, in which of the workers: it is told once, and not once for each worker. */
export class Rests {
  readonly #where = new Map<string, Set<number>>()

  constructor(private readonly tell: (route: string, server: string, state: State, why: string) => void) {}

  told(
    slot: number,
    { route, server, state, why }: { route: string; server: string; state: State; why: string },
  ): void {
    const key = `${route} ${server}`
    const where = this.#where.get(key) ?? new Set()
    const before = where.size
    if (state === 'down') where.add(slot)
    else where.delete(slot)
    if (where.size > 0) this.#where.set(key, where)
    else this.#where.delete(key)
    if (before > 0 !== where.size > 0) this.tell(route, server, state, why)
  }

  /** A worker has gone: nobody knows what it would say. */
  forget(slot: number): void {
    for (const [key, where] of this.#where) {
      where.delete(slot)
      if (where.size === 0) this.#where.delete(key)
    }
  }
}
