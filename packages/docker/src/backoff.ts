/** Milliseconds before the next attempt: doubled each time, up to a limit. Pure; `attempt` counts from 0. */
export function backoff(attempt: number, firstMs: number, longestMs: number): number {
  return Math.min(longestMs, firstMs * 2 ** Math.min(attempt, 30))
}

/** Up to a half more, so that many who lost the same thing do not come back at once. @param random from 0 to 1 */
export function withJitter(ms: number, random: number): number {
  return ms * (1 + random / 2)
}
