import { setTimeout as sleep } from 'node:timers/promises'
import { BrokenPromise, NotApplicable, type Exchange } from './promise.js'

/** Throws BrokenPromise unless `kept`. */
export function holds(kept: boolean, expected: string, got: string, ...shown: { exchange: Exchange }[]): void {
  if (!kept) throw new BrokenPromise(expected, got, [...new Set(shown.map(({ exchange }) => exchange))])
}

/** Throws NotApplicable unless `given`. */
export function applies(given: boolean, otherwise: string): void {
  if (!given) throw new NotApplicable(otherwise)
}

/** Like Promise.all, but waits for all of them also when one fails: nothing goes on behind the back of what comes next. */
export async function allOf<T>(works: readonly Promise<T>[]): Promise<T[]> {
  const outcomes = await Promise.allSettled(works)
  return outcomes.map((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason
    return outcome.value
  })
}

/** Looks until it is as expected; when it never is, throws what the last look threw. */
export async function eventually(patienceMs: number, look: () => Promise<void>): Promise<void> {
  const end = performance.now() + patienceMs
  for (let pause = 20; ; pause = Math.min(pause * 1.5, 500)) {
    try {
      return await look()
    } catch (error) {
      if (!(error instanceof BrokenPromise) || performance.now() > end) throw error
    }
    await sleep(pause)
  }
}
