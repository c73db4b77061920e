import { InfrakitError } from '@infrakit/spi'

/** The outcome of `work`, or `timeout` when it takes longer than `ms`. The work itself is not stopped. */
export async function within<T>(ms: number, what: string, work: Promise<T>): Promise<T> {
  const stop = new AbortController()
  const late = new Promise<never>((_resolve, reject) => {
    const timer = setTimeout(() => reject(new InfrakitError('timeout', `${what}: no answer within ${ms} ms`)), ms)
    stop.signal.addEventListener('abort', () => clearTimeout(timer))
  })
  try {
    return await Promise.race([work, late])
  } finally {
    stop.abort()
  }
}
