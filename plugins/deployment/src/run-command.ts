import { randomUUID } from 'node:crypto'
import { markName, openProcessTable, runOnce } from '@infrakit/programs'
import type { RunOptions } from '@infrakit/deployment'

/**
 * Runs a command of the user's with all that it starts, and leaves nothing of it running. Its environment is this
 * process's, and what is given. Throws `timeout`, and `plugin-failed` when there is no such program.
 */
export async function runCommand(
  command: readonly string[],
  { env, timeoutMs, signal, cwd }: RunOptions & { readonly cwd: string },
): Promise<{ code: number; output: string }> {
  signal?.throwIfAborted()
  const mark = `deployment-${randomUUID()}`
  const own = Object.entries(process.env).filter((one): one is [string, string] => one[1] !== undefined)
  const { exitCode, output } = await runOnce(openProcessTable(), {
    name: `'${command.join(' ')}'`,
    command,
    environment: { ...Object.fromEntries(own), ...env, [markName]: mark },
    cwd,
    mark,
    timeout: timeoutMs,
  })
  signal?.throwIfAborted()
  return { code: exitCode, output }
}
