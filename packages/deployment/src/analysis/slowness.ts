/** Differences below that are noise whatever their ratio (ms). */
const leastMs = 20
/** It has to be too slow for so long, and in so many requests, without a moment in which it is not. */
const forMs = 10_000
const forRequests = 50

export interface Times {
  readonly now: number
  readonly requests: number
  /** Mean of recent answers; absent when there were none. */
  readonly canaryMs: number | undefined
  readonly oldMs: number | undefined
}

/** Whether a canary answers too slowly: steadily, so that one slow moment ends nothing. */
export class SlownessWatch {
  #since: { readonly at: number; readonly requests: number } | undefined

  constructor(private readonly slowdown: number) {}

  note({ now, requests, canaryMs, oldMs }: Times): boolean {
    if (canaryMs === undefined || oldMs === undefined) return false
    if (canaryMs <= oldMs * this.slowdown || canaryMs - oldMs < leastMs) {
      this.#since = undefined
      return false
    }
    this.#since ??= { at: now, requests }
    return now - this.#since.at >= forMs && requests - this.#since.requests >= forRequests
  }
}
