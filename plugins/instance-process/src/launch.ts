import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdirSync, openSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { InfrakitError, messageOf } from '@infrakit/spi'
import { limited, limitFlags, supervised } from './argv.js'
import { environmentOf } from './environment.js'
import { findProgram, refuseMissingFolder } from './prerequisites.js'
import type { ProcessTable } from './process-table.js'
import type { ProcessProperties, Surroundings } from './properties.js'
import type { Identity, InstanceRecord } from './record.js'
import { findUser, type User } from './users.js'

/** Files in the folder of an instance. */
export const exitFile = (dir: string) => join(dir, 'exit')
export const logFile = (dir: string) => join(dir, 'log')

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

/**
 * Starts the command under a supervisor that outlives this process. Both write to the instance's log; how the command
 * ended goes to its exit file.
 *
 * @param ended called when the supervisor has ended, should this process still live
 * @throws plugin-failed when it cannot be started
 */
export async function startSupervisor(
  table: ProcessTable,
  { dir, command, prepared, ended }: { dir: string; command: string[]; prepared: Prepared; ended: () => void },
): Promise<Identity> {
  const { cwd, environment: env, user } = prepared
  const [program, args] = supervised(command)
  const descriptors: number[] = []
  try {
    // A new one: the supervisor of an earlier start may still have the old one open.
    rmSync(exitFile(dir), { force: true })
    const log = openSync(logFile(dir), 'a', 0o600)
    descriptors.push(log)
    const exit = openSync(exitFile(dir), 'wx', 0o600)
    descriptors.push(exit)
    const ids = user ? { uid: user.uid, gid: user.gid } : {}
    const child = spawn(program, args, { cwd, env, detached: true, stdio: ['ignore', log, log, exit], ...ids })
    if (child.pid === undefined) throw (await once(child, 'error'))[0]
    // Before anything else is done: nobody waits for it until then, so that its pid is not reused.
    const identity = table.identify(child.pid)
    if (!identity) throw new Error('it was gone at once')
    child.on('error', () => undefined)
    child.once('exit', ended)
    child.unref()
    return identity
  } catch (cause) {
    throw new InfrakitError('plugin-failed', `cannot start ${command[0] ?? ''}: ${messageOf(cause)}`, { cause })
  } finally {
    for (const descriptor of descriptors) closeSync(descriptor)
  }
}
