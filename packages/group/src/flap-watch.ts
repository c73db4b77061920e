import type { Backoff } from './backoff.js'
import type { Member } from './situation.js'

/** A member that fails within this time (ms) of being made is taken for a sign that its like will fail too. */
const youthMs = 60_000
const key = 'flap'

/** Slows a group down whose new members keep failing. One that was merely lost is none of them. */
export class FlapWatch {
  readonly #counted = new Set<string>()
  #lastAt = -Infinity

  constructor(private readonly backoff: Backoff) {}

  /** Nothing is provisioned before this time (monotonic ms). */
  get notBefore(): number {
    return this.backoff.notBefore(key)
  }

  seen(members: readonly Member[], now: number): void {
    for (const { id, bornAt, condition } of members) {
      const failed = condition === 'failed' || condition === 'unhealthy'
      if (!failed || bornAt === undefined || now - bornAt > youthMs || this.#counted.has(id)) continue
      this.#counted.add(id)
      this.#lastAt = now
      this.backoff.failed(key, now)
    }
    const ids = new Set(members.map((member) => member.id))
    for (const id of this.#counted) if (!ids.has(id)) this.#counted.delete(id)
  }

  /** All is well: when it has been for long enough, the past is forgotten. */
  calm(now: number): void {
    if (now - this.#lastAt > youthMs) this.backoff.succeeded(key)
  }
}
