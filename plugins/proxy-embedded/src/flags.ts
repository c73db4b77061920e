import { InfrakitError } from '@infrakit/spi'

/** The value of `--workers`. Throws `input`. */
export function workerCount(text: string): number {
  const count = Number(text)
  if (/^\d+$/.test(text) && count >= 1 && count <= 64) return count
  throw new InfrakitError('input', `--workers: expected a whole number from 1 to 64, got ${JSON.stringify(text)}`)
}
