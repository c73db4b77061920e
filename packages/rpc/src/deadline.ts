import { InfrakitError, type Call } from '@infrakit/spi'

/** The time at which somebody stops waiting, and what makes him stop before. */
export interface Deadline {
  /** By `performance.now()`. */
  readonly at: number
  readonly timeoutMs: number
  readonly signal: AbortSignal | undefined
}

export function deadlineOf(call: Call | undefined, defaultMs: number): Deadline {
  const timeoutMs = call?.timeout ?? defaultMs
  return { at: performance.now() + timeoutMs, timeoutMs, signal: call?.signal }
}

/** Longest delay of a timer; a longer one would fire at once. */
const maxTimerMs = 2 ** 31 - 1

/** Milliseconds that are left; at least 1, so that what is due now still fails by its timer. */
export function remaining(deadline: Deadline): number {
  return Math.min(maxTimerMs, Math.max(1, deadline.at - performance.now()))
}

export function timeoutError(what: string, deadline: Deadline): InfrakitError {
  return new InfrakitError('timeout', `${what}: no answer within ${deadline.timeoutMs} ms`, {
    hint: 'whether it was done is not known; look before trying again',
  })
}

export function cancelledError(what: string, signal: AbortSignal): InfrakitError {
  return new InfrakitError('timeout', `${what}: cancelled by the caller before there was an answer`, {
    cause: signal.reason,
  })
}

/** Waits for what goes on by itself, but not longer than the deadline. Throws `timeout`. */
export function waitWithin<T>(promise: Promise<T>, deadline: Deadline, what: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const { signal } = deadline
    const timer = setTimeout(() => settle(() => reject(timeoutError(what, deadline))), remaining(deadline))
    const onAbort = () => settle(() => reject(cancelledError(what, signal as AbortSignal)))
    function settle(finish: () => void): void {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
      finish()
    }
    if (signal?.aborted) return onAbort()
    signal?.addEventListener('abort', onAbort)
    promise.then(
      (value) => settle(() => resolve(value)),
      (error: unknown) => settle(() => reject(error as Error)),
    )
  })
}
