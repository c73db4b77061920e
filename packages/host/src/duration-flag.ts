import { InfrakitError, parseDuration } from '@infrakit/spi'

/** The value of a flag that is a duration. Throws `input`, naming the flag. */
export function millisecondsOf(value: string, flag: string): number {
  const milliseconds = parseDuration(value)
  if (milliseconds !== undefined) return milliseconds
  throw new InfrakitError('input', `${flag}: expected a duration such as "30s", got ${JSON.stringify(value)}`)
}
