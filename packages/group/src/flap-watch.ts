import type { Backoff } from './backoff.js'
import type { Member } from './situation.js'

/** A member that fails within this time (ms) of being made is taken for a sign that its like will fail too. */
const youthMs = 60_000
const key = 'flap'

/** Slows a group down whose new members keep failing. */
export class FlapWatch {
  readonly #counted = new Set<string>()
  readonly #wereHealthy = new Set<string>()
  #lastAt = -Infinity
  /** The next that is lost is not taken for chance. */
  #lostBefore = false

  constructor(private readonly backoff: Backoff) {}

  /** Nothing is provisioned before this time (monotonic ms). */
  get notBefore(): number {
    return this.backoff.notBefore(key)
  }

  /**
   * Takes note of young members that failed, and of those that were gone again before they were ever healthy, unless we
   * destroyed them. The first to vanish, or to fail after it was healthy, is taken for chance. Answers what to tell a person;
   * nothing when all is well.
   */
  seen(members: readonly Member[], vanished: readonly string[], now: number): string | undefined {
    const told: string[] = []
    let lost = vanished.length > 0
    for (const { id, bornAt, condition, detail } of members) {
      if (condition === 'healthy') this.#wereHealthy.add(id)
      const failed = condition === 'failed' || condition === 'unhealthy'
      if (!failed || bornAt === undefined || now - bornAt > youthMs || this.#counted.has(id)) continue
      this.#counted.add(id)
      lost = true
      if (this.#wereHealthy.has(id) && !this.#lostBefore) continue
      this.backoff.failed(key, now)
      told.push(`${id} is ${condition}${detail === undefined ? '' : ` (${detail})`}`)
    }
    if (vanished.length > 0 && this.#lostBefore) {
      this.backoff.failed(key, now)
      told.push(`${vanished.join(', ')}: made, and not there before it was ever healthy`)
    }
    this.#lostBefore ||= lost
    if (lost) this.#lastAt = now
    const ids = new Set(members.map((member) => member.id))
    for (const known of [this.#counted, this.#wereHealthy]) for (const id of known) if (!ids.has(id)) known.delete(id)
    return told.length > 0 ? told.join('; ') : undefined
  }

  /** All is well: when it has been for long enough, the past is forgotten. */
  calm(now: number): void {
    if (now - this.#lastAt <= youthMs) return
    this.backoff.succeeded(key)
    this.#lostBefore = false
  }
}
