/** Waiting before a plugin is started again (ms): doubled each time, up to the longest. */
const delays = { first: 200, longest: 30_000 } as const
/** A plugin that lived so long (ms) was well; its next end counts as the first. */
const wellAfter = 60_000

/** Milliseconds to wait before the next start. @param previous what was waited before, 0 the first time */
export function nextDelay(previous: number, livedMs: number): number {
  if (previous === 0 || livedMs >= wellAfter) return delays.first
  return Math.min(delays.longest, previous * 2)
}
