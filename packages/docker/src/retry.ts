import { setTimeout as sleep } from 'node:timers/promises'
import type { InfrakitError } from '@infrakit/spi'
import { backoff, withJitter } from './backoff.js'

const [firstPauseMs, longestPauseMs] = [500, 5000]

export interface Retrying {
  /** How often it is tried again. */
  readonly retries: number
  /** What a failure means. Only `unavailable` may pass. */
  readonly explain: (error: unknown) => InfrakitError
  readonly signal: AbortSignal
}

/** Tries again after growing pauses what failed for what may pass. Throws what `explain` made of the last failure. */
export async function retrying<T>(work: () => Promise<T>, { retries, explain, signal }: Retrying): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      const failure = explain(error)
      if (failure.kind !== 'unavailable' || attempt >= retries || signal.aborted) throw failure
    }
    await sleep(withJitter(backoff(attempt, firstPauseMs, longestPauseMs), Math.random()), undefined, { signal })
  }
}
