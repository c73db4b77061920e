/** The longest that a timer of Node can be set to. */
const longestMs = 2 ** 31 - 1

/** A timer that is set anew whenever what it waits for changes. */
export interface Alarm {
  /** Looks at what there is to wait for, and waits for that instead. */
  reset(): void
  stop(): void
}

/**
 * @param next milliseconds until there is something to do; `undefined` for nothing
 * @param ring does it; it may ring too early, and is set anew afterwards
 */
export function createAlarm(next: () => number | undefined, ring: () => void): Alarm {
  let timer: NodeJS.Timeout | undefined
  let stopped = false

  function reset(): void {
    clearTimeout(timer)
    const wait = stopped ? undefined : next()
    if (wait === undefined) return
    timer = setTimeout(
      () => {
        ring()
        reset()
      },
      Math.min(Math.max(wait, 1), longestMs),
    )
  }

  function stop(): void {
    stopped = true
    clearTimeout(timer)
  }
  return { reset, stop }
}
