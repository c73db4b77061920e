import { appendFileSync } from 'node:fs'

type Environment = Readonly<Record<string, string | undefined>>

/** Marks a moment at which a test may want the process to die. */
export type Failpoint = (name: string) => void

/**
 * What a failpoint does in this environment; `undefined` when nothing.
 *
 * - `INFRAKIT_FAILPOINT=NAME` or `NAME:N`: the process kills itself (SIGKILL) when it passes there the first or N-th time.
 * - `INFRAKIT_FAILPOINT_JOURNAL=FILE`: each pass appends its name to the file, so that an unbroken run tells which there
 *   are, how often each is passed, and in which order.
 */
export function createFailpoint(env: Environment): Failpoint | undefined {
  const { INFRAKIT_FAILPOINT: wanted, INFRAKIT_FAILPOINT_JOURNAL: journal } = env
  if (!wanted && !journal) return undefined
  const [, deadly, count] = /^(.*?)(?::(\d+))?$/.exec(wanted ?? '') ?? []
  let left = Number(count ?? 1)
  return (name) => {
    if (journal) appendFileSync(journal, `${name}\n`)
    // The kernel ends the process before this call comes back.
    if (name === deadly && --left === 0) process.kill(process.pid, 'SIGKILL')
  }
}

const asked = createFailpoint(process.env)

/** Whether this process was asked to mind its failpoints: for marking what would cost something to mark. */
export const mindsFailpoints = asked !== undefined

/**
 * Passes a moment at which a test may want the process to die; else it costs nothing. Its name says where, then what has
 * just been done or is about to be: `write/temporary`.
 */
export const failpoint: Failpoint = asked ?? (() => undefined)
