/**
 * Lets callers of the same key share runs of `work`: each gets the outcome of one that began after its call. While one
 * is running all further callers wait for the next.
 */
export function shareRuns(work: (key: string) => Promise<void>): (key: string) => Promise<void> {
  const running = new Map<string, Promise<void>>()
  const waiting = new Map<string, Promise<void>>()

  function begin(key: string): Promise<void> {
    const run = work(key).finally(() => {
      if (running.get(key) === run) running.delete(key)
    })
    running.set(key, run)
    return run
  }

  return (key) => {
    const current = running.get(key)
    if (!current) return begin(key)
    const joined = waiting.get(key)
    if (joined) return joined
    const next = current
      .catch(() => undefined)
      .then(() => {
        waiting.delete(key)
        return begin(key)
      })
    waiting.set(key, next)
    return next
  }
}
