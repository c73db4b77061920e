import type { Backoff } from './backoff.js'
import type { Member } from './situation.js'

/** A member that fails within this time (ms) of being made is taken for a sign that its like will fail too. */
const youthMs = 60_000
const key = 'flap'

/** Slows a group down whose new members keep failing. One that was lost after it was healthy is none of them. */
export class FlapWatch {
  readonly #counted = new Set<string>()
  #lastAt = -Infinity
  #vanishedBefore = false

  constructor(private readonly backoff: Backoff) {}

  /** Nothing is provisioned before this time (monotonic ms). */
  get notBefore(): number {
    return this.backoff.notBefore(key)
  }

  /**
   * Takes note of young members that failed, and of those that were gone again before they were ever healthy, unless we
   * destroyed them. The first to vanish is taken for chance. Answers what to tell a person; nothing when all is well.
   */
  seen(members: readonly Member[], vanished: readonly string[], now: number): string | undefined {
    const told: string[] = []
    for (const { id, bornAt, condition, detail } of members) {
      const failed = condition === 'failed' || condition === 'unhealthy'
      if (!failed || bornAt === undefined || now - bornAt > youthMs || this.#counted.has(id)) continue
      this.#counted.add(id)
      this.backoff.failed(key, now)
      told.push(`${id} is ${condition}${detail === undefined ? '' : ` (${detail})`}`)
    }
    if (vanished.length > 0 && this.#vanishedBefore) {
      this.backoff.failed(key, now)
      told.push(`${vanished.join(', ')}: made, and not there before it was ever healthy`)
    }
    this.#vanishedBefore ||= vanished.length > 0
    if (told.length > 0 || vanished.length > 0) this.#lastAt = now
    const ids = new Set(members.map((member) => member.id))
    for (const id of this.#counted) if (!ids.has(id)) this.#counted.delete(id)
    return told.length > 0 ? told.join('; ') : undefined
  }

  /** All is well: when it has been for long enough, the past is forgotten. */
  calm(now: number): void {
    if (now - this.#lastAt <= youthMs) return
    this.backoff.succeeded(key)
    this.#vanishedBefore = false
  }
}
