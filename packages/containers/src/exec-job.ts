import { randomBytes } from 'node:crypto'
import { execInContainer, type Engine, type ExecResult } from '@infrakit/docker'
import { kindOf, messageOf } from '@infrakit/spi'
import { tookTooLong } from './took-too-long.js'

/** Where a command is to run. */
export interface Place {
  readonly host: { readonly engine: Engine }
  readonly container: { readonly id: string }
}

/** By it the processes of a job that runs in an instance are found. */
const markVariable = 'INFRAKIT_JOB'

/** Kills all that has the mark `$1` in its environment, also what it has started meanwhile. */
const killer = `
for round in 1 2 3 4 5 6 7 8 9; do
  found=
  for file in /proc/[0-9]*/environ; do
    grep -q "$1" "$file" 2>/dev/null || continue
    found=1 pid=\${file#/proc/}
    kill -9 "\${pid%/environ}" 2>/dev/null
  done
  [ -n "$found" ] || exit 0
done
exit 1`

/** The engine ends no command that it runs in a container. Answers what became of it, in words. */
async function killMarked({ host, container }: Place, mark: string): Promise<string> {
  const why = (reason: string) => `; it may still run there, as it could not be killed: ${reason}`
  try {
    const command = ['/bin/sh', '-c', killer, 'sh', mark]
    const { exitCode, stderr, stdout } = await execInContainer(host.engine, container.id, { command })
    return exitCode === 0 ? ', and was killed' : why(`${stdout}${stderr}`.trim() || `exit code ${exitCode}`)
  } catch (error) {
    // With a container that has ended its processes have, too.
    return kindOf(error) === 'conflict' || kindOf(error) === 'not-found' ? ', and is gone' : why(messageOf(error))
  }
}

/** Runs a command in an instance; kills it when it takes too long. */
export async function execJob(placed: Place, command: readonly string[], timeout: number): Promise<ExecResult> {
  const value = randomBytes(12).toString('hex')
  const { host, container } = placed
  try {
    return await execInContainer(host.engine, container.id, { command, env: { [markVariable]: value } }, { timeout })
  } catch (error) {
    if (kindOf(error) !== 'timeout') throw error
    throw tookTooLong(timeout, await killMarked(placed, `${markVariable}=${value}`), error)
  }
}
