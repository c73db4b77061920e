import { readExit, watchExit } from './exits.js'
import type { Identity, ProcessTable } from './process-table.js'
import { exitFile } from './supervisor.js'

/** Milliseconds; hints make it faster. */
const lookEvery = 500

/**
 * Waits until a supervised command has ended, whoever started it, and gives its exit code; `undefined` when its supervisor
 * was killed and could not tell.
 *
 * @param dir where its exit file is
 */
export async function untilEnded(
  table: ProcessTable,
  { Supervisor, dir }: { readonly Supervisor: Identity; readonly dir: string },
): Promise<number | undefined> {
  for (;;) {
    // Begun before the look: what is written after it is hinted.
    const hint = nextHint(exitFile(dir))
    try {
      // In this order: who is seen to be dead has written all that he would.
      const lives = table.lives(Supervisor)
      const status = readExit(exitFile(dir))
      if (status !== undefined || !lives) return status
      await hint.given
    } finally {
      hint.close()
    }
  }
}

/** Is given when the file may have been written to, or after a while. */
function nextHint(path: string): { readonly given: Promise<void>; close(): void } {
  let give = () => undefined as void
  const given = new Promise<void>((resolve) => (give = resolve))
  const timer = setTimeout(give, lookEvery)
  const watching = watchExit(path, give)
  return {
    given,
    close() {
      clearTimeout(timer)
      watching.close()
    },
  }
}
