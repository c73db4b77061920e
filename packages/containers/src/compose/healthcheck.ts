import { z } from 'zod'
import { given } from './given.js'
import { duration } from './units.js'

/** `healthcheck` of a service. */
export const healthcheck = z.strictObject({
  test: z
    .union([z.string(), z.array(z.string()).min(1)])
    .nullish()
    .describe('argv after CMD, or a line for a shell'),
  interval: duration.nullish(),
  timeout: duration.nullish(),
  retries: z.int().nonnegative().nullish(),
  start_period: duration.nullish(),
  disable: z.boolean().nullish().describe("Does without the image's check"),
})

/** Nanoseconds, in which the engine counts. */
export function nanoseconds(ms: number | null | undefined): number | undefined {
  return ms == null ? undefined : Math.round(ms * 1e6)
}

/** A check as the engine takes it; `undefined` leaves the image's own. */
export function healthcheckOf(check: z.output<typeof healthcheck> | null | undefined) {
  if (!check) return undefined
  if (check.disable) return { Test: ['NONE'] }
  return given({
    Test: typeof check.test === 'string' ? ['CMD-SHELL', check.test] : check.test,
    Interval: nanoseconds(check.interval),
    Timeout: nanoseconds(check.timeout),
    Retries: check.retries,
    StartPeriod: nanoseconds(check.start_period),
  })
}
