import { randomBytes } from 'node:crypto'
import { removeContainer, startContainer, tailLogs, waitForContainer, type Engine } from '@infrakit/docker'
import { kindOf, type JobResult } from '@infrakit/spi'
import { execJob, type Place } from './exec-job.js'
import { tookTooLong } from './took-too-long.js'
import type { Unfinished } from './unfinished.js'

/** How long a job may take that says nothing (s). */
export const defaultJobSeconds = 600
const keptBytes = 64 * 1024
/** Lines that are read of a job's container; what is more than `keptBytes` of them is cut. */
const keptLines = 10_000

/** The end of an output, at most 64 KiB of it. */
export function lastOf(output: string, cut = false): Pick<JobResult, 'Output' | 'Truncated'> {
  const bytes = Buffer.from(output)
  if (bytes.length <= keptBytes) return { Output: output, Truncated: cut }
  // Half a character at the beginning is left out.
  return {
    Output: bytes
      .subarray(-keptBytes)
      .toString('utf8')
      .replace(/^\uFFFD+/, ''),
    Truncated: true,
  }
}

/** Runs a command in an instance. Throws `timeout` when it takes too long, and was killed. */
export async function jobInInstance(placed: Place, command: readonly string[], timeout: number): Promise<JobResult> {
  const { exitCode, stdout, stderr, cut } = await execJob(placed, command, timeout)
  return { ExitCode: exitCode, ...lastOf(`${stdout}${stderr}`, cut) }
}

/**
 * Runs a job in a container of its own, which is removed afterwards. Throws `timeout` when it takes too long, and was killed.
 *
 * @param create makes the container, which does not run yet, under a name that no other has
 * @param start where the engine does not suffice for it
 */
export function jobInContainer(
  engine: Engine,
  unfinished: Unfinished,
  timeout: number,
  create: (name: string) => Promise<{ readonly id: string }>,
  start: (id: string, name: string) => Promise<void> = (id) => startContainer(engine, id),
): Promise<JobResult> {
  const name = `infrakit-job-${randomBytes(6).toString('hex')}`
  return unfinished.during(name, async () => {
    const { id } = await create(name)
    try {
      await start(id, name)
      const ExitCode = await waitForContainer(engine, id, { timeout }).catch((error: unknown) => {
        throw kindOf(error) === 'timeout' ? tookTooLong(timeout, ', and was killed', error) : error
      })
      return { ExitCode, ...lastOf((await tailLogs(engine, id, keptLines)).map((line) => `${line}\n`).join('')) }
    } finally {
      await removeContainer(engine, id)
    }
  })
}
