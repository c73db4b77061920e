import { appendFileSync, readFileSync, rmSync } from 'node:fs'

type Environment = Readonly<Record<string, string | undefined>>

/** Marks a moment at which a test may want the process to die. */
export type Failpoint = (name: string) => void

/**
 * What a failpoint does in this environment; `undefined` when nothing.
 *
 * - `INFRAKIT_FAILPOINT=NAME` or `NAME:N`: the process kills itself (SIGKILL) when it passes there the first or N-th time.
 * - `INFRAKIT_FAILPOINT=@FILE`: the same, as the file says at the moment; passes count from when it said so. The process
 *   removes the file before it dies, so that the next one with this environment lives.
 * - `INFRAKIT_FAILPOINT_JOURNAL=FILE`: each pass appends its name to the file, so that an unbroken run tells which there
 *   are, how often each is passed, and in which order.
 */
export function createFailpoint(env: Environment): Failpoint | undefined {
  const { INFRAKIT_FAILPOINT: wanted, INFRAKIT_FAILPOINT_JOURNAL: journal } = env
  if (!wanted && !journal) return undefined
  const file = wanted?.startsWith('@') ? wanted.slice(1) : undefined
  let [moment, passes] = [wanted, 0]
  return (name) => {
    if (journal) appendFileSync(journal, `${name}\n`)
    const now = file === undefined ? wanted : textOf(file)
    if (now !== moment) [moment, passes] = [now, 0]
    const [, deadly, count = 1] = /^(.*?)(?::(\d+))?$/.exec(moment ?? '') ?? []
    if (name !== deadly || ++passes !== Number(count)) return
    if (file !== undefined) rmSync(file)
    // The kernel ends the process before this call comes back.
    process.kill(process.pid, 'SIGKILL')
  }
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
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
