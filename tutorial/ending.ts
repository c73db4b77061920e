/** How a shell counts the end by each signal. */
const statuses = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const

export interface Ending {
  /** Aborted when the person has had enough. */
  readonly signal: AbortSignal
  /** Tells what went wrong, unless it is a consequence of the interruption. */
  failed(error: unknown): void
  /** The exit status. */
  status(): number
}

/** Turns Ctrl-C, and whatever else would end this process, into an interruption after which it can clear up. */
export function createEnding(): Ending {
  const controller = new AbortController()
  let status = 0
  const interrupt = (as: number) => {
    if (controller.signal.aborted) return
    status = as
    controller.abort()
  }
  for (const [name, as] of Object.entries(statuses)) {
    process.on(name, () => {
      if (!controller.signal.aborted) process.stderr.write('\nInterrupted: what was started is ended.\n')
      interrupt(as)
    })
  }
  // Whoever read along has gone (`| head`): there is nobody left to show anything to.
  process.stdout.on('error', () => interrupt(1))
  return {
    signal: controller.signal,
    failed(error) {
      if (controller.signal.aborted) return
      status = 1
      process.stderr.write(`\nThe tour ends here: ${error instanceof Error ? error.message : String(error)}\n`)
    },
    status: () => status,
  }
}
