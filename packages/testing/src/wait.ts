import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Waits until `condition` gives something truthy and returns it. A throwing condition counts as "not yet". Rejects
 * after `timeoutMs`, naming `what` was waited for and the last error.
 */
export async function waitUntil<T>(
  what: string,
  condition: () => T | Promise<T>,
  timeoutMs = 30_000,
): Promise<Exclude<T, false | null | undefined | 0 | ''>> {
  const end = performance.now() + timeoutMs
  let last: unknown
  for (;;) {
    try {
      const value = await condition()
      if (value) return value as Exclude<T, false | null | undefined | 0 | ''>
      last = value
    } catch (error) {
      last = error
    }
    if (performance.now() > end) {
      throw new Error(
        `waited ${timeoutMs} ms for ${what}; last: ${last instanceof Error ? last.message : String(last)}`,
      )
    }
    await sleep(10)
  }
}
