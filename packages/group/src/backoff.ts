/** Waits double from one second up to one minute, as most controllers of the field have it. */
const firstMs = 1000
const mostMs = 60_000

/** Counts failures per key and says when the next try may be made. */
export class Backoff {
  readonly #failures = new Map<string, { count: number; notBefore: number }>()

  /** @param random draws from [0, 1): each wait is shortened by up to a half, so that groups do not retry in step */
  constructor(private readonly random: () => number) {}

  /**
   * Notes a failure and answers when to try again (monotonic ms). What fails before that time was begun together with
   * what failed first, and probably for the same reason: all of it is one failure.
   */
  failed(key: string, now: number): number {
    const known = this.#failures.get(key)
    if (known && now < known.notBefore) return known.notBefore
    const count = (known?.count ?? 0) + 1
    const wait = Math.min(mostMs, firstMs * 2 ** Math.min(count - 1, 10))
    const notBefore = now + wait * (1 - this.random() / 2)
    this.#failures.set(key, { count, notBefore })
    return notBefore
  }

  succeeded(key: string): void {
    this.#failures.delete(key)
  }

  clear(): void {
    this.#failures.clear()
  }

  count(key: string): number {
    return this.#failures.get(key)?.count ?? 0
  }

  /** Monotonic ms before which nothing is to be tried; 0 when there was no failure. */
  notBefore(key: string): number {
    return this.#failures.get(key)?.notBefore ?? 0
  }

  /** Forgets members that are gone. */
  retain(ids: ReadonlySet<string>): void {
    for (const key of this.#failures.keys()) {
      if (key.startsWith(memberPrefix) && !ids.has(key.slice(memberPrefix.length))) this.#failures.delete(key)
    }
  }
}

const memberPrefix = 'instance '

/** The key of what is tried on one member; no member's ID can be taken for one of the group's own doings. */
export function memberKey(id: string): string {
  return memberPrefix + id
}
