import { InfrakitError, type Call } from '@infrakit/spi'
import { engineError } from './engine-errors.js'
import type { Engine } from './engine.js'

/** A call's own limit where its caller gives none. */
const defaultTimeoutMs = 60_000
/** Longest delay of a timer; a longer one would fire at once. */
const longestTimerMs = 2 ** 31 - 1

function timedOut(attempt: string, engine: Engine, timeoutMs: number): InfrakitError {
  return new InfrakitError('timeout', `cannot ${attempt}: no answer from ${engine.where} within ${timeoutMs} ms`, {
    hint: 'Whether it was done is not known; look before trying again.',
  })
}

/**
 * Runs one call against an engine. It ends when the work does, its time is over, the caller cancels or the engine is
 * closed, whichever is first, and whether or not the client notices; what the client throws becomes an error of ours.
 *
 * After a `timeout` whether a change was done is not known.
 *
 * @param attempt for the error: `start container web-1`
 * @param call its `timeout` in milliseconds, `Infinity` for none, and `signal`
 * @throws InfrakitError `timeout` also when it was cancelled
 */
export async function ask<T>(
  engine: Engine,
  attempt: string,
  call: Call | undefined,
  work: (signal: AbortSignal) => Promise<T>,
  timeoutMs = defaultTimeoutMs,
): Promise<T> {
  const limit = call?.timeout ?? timeoutMs
  const ending = new AbortController()
  const end = (error: InfrakitError) => ending.abort(error)
  const cancelled = () => end(new InfrakitError('timeout', `cannot ${attempt}: cancelled by the caller`))
  const closed = () => end(new InfrakitError('unavailable', `cannot ${attempt}: the connection was closed here`))
  if (call?.signal?.aborted) cancelled()
  if (engine.closed.aborted) closed()
  const timer =
    limit <= longestTimerMs ? setTimeout(() => end(timedOut(attempt, engine, limit)), Math.max(0, limit)) : undefined
  call?.signal?.addEventListener('abort', cancelled)
  engine.closed.addEventListener('abort', closed)
  try {
    return await within(ending.signal, work)
  } catch (error) {
    throw ending.signal.aborted ? (ending.signal.reason as InfrakitError) : engineError(attempt, engine.where, error)
  } finally {
    clearTimeout(timer)
    call?.signal?.removeEventListener('abort', cancelled)
    engine.closed.removeEventListener('abort', closed)
  }
}

/** Does not rely on the work heeding its signal. */
function within<T>(signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason as Error)
    if (signal.aborted) return onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
    work(signal).then(resolve, reject)
  })
}
