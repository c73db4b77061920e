import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { findProgram } from '@infrakit/programs'
import { limited, limitFlags } from './argv.js'
import { environmentOf } from './environment.js'
import { refuseMissingFolder } from './prerequisites.js'
import type { ProcessProperties, Surroundings } from './properties.js'
import type { InstanceRecord } from './record.js'
import { findUser, type User } from './users.js'

/** Where, as whom and with what a command runs. */
export interface Prepared {
  readonly cwd: string
  readonly environment: Record<string, string>
  readonly user: User | undefined
}

/**
 * Puts together what a command needs beside itself, for an instance or for none. Throws `input` when the user or the
 * folder is not there.
 *
 * @param dir folder of the instance, or one for all jobs without an instance
 */
export async function prepare(
  { environment, workingDirectory, user: name }: Surroundings,
  { dir, mark, record }: { dir: string; mark: string; record?: InstanceRecord | undefined },
): Promise<Prepared> {
  const user = name === undefined ? undefined : await findUser(name)
  const own = join(dir, 'work')
  const cwd = workingDirectory ?? (user ? '/' : own)
  if (cwd === own) mkdirSync(own, { recursive: true, mode: 0o700 })
  refuseMissingFolder(cwd, 'Properties.WorkingDirectory')
  const instance = record && { ...record, attachments: record.Spec.Attachments ?? [] }
  return { cwd, user, environment: environmentOf(process.env, environment, mark, { instance, user }) }
}

/** The command with the paths of its programs, within its limits. Throws `input` when one is not there. */
export function resolved({ command, limits }: ProcessProperties, { cwd, environment }: Prepared): string[] {
  const [name, ...args] = command
  const searchPath = environment['PATH'] ?? ''
  const program = findProgram(name, searchPath, cwd, 'Properties.Command')
  if (limitFlags(limits).length === 0) return [program, ...args]
  const prlimit = findProgram('prlimit', process.env['PATH'] ?? '', cwd, 'Properties.Limits')
  return limited(prlimit, limits, [program, ...args])
}
