import { InfrakitError } from '@infrakit/spi'

/** @param what became of it, in words */
export function tookTooLong(ms: number, what: string, cause: unknown): InfrakitError {
  return new InfrakitError('timeout', `the job did not end within ${ms / 1000} s${what}`, { cause })
}
