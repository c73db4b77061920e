import { appendFileSync } from 'node:fs'

/** What a test is given that has a long form: `npm test` runs the short one, `npm run soak` the long one. */
export function soaked<T>(short: T, long: T): T {
  return process.env['INFRAKIT_SOAK'] === '1' ? long : short
}

/**
 * Reports a figure of a soak: `npm run soak` prints all of them as a table. A short run reports none, for it proves
 * that the test works, not how the software holds out.
 *
 * @param what in words, such as "kills at random moments"
 * @param value with its unit
 */
export function figure(what: string, value: string | number): void {
  const file = process.env['INFRAKIT_SOAK_FIGURES']
  if (file !== undefined) appendFileSync(file, `${JSON.stringify({ what, value })}\n`)
}
