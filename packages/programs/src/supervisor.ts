import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { InfrakitError, messageOf } from '@infrakit/spi'
import type { Identity, ProcessTable } from './process-table.js'

/** Files in the folder of what is supervised. */
export const exitFile = (dir: string) => join(dir, 'exit')
export const logFile = (dir: string) => join(dir, 'log')

/**
 * Outlives the plugin and runs one command ("$@"), whose end it writes to descriptor 3. Signals for the group reach it as
 * well: it catches them, as what is ignored stays ignored in the command, and goes on waiting.
 */
const supervisor = 'trap : HUP INT QUIT TERM USR1 USR2; "$@" 3>&-; echo "$?" >&3'

/** Its name in the list of processes: the shell's `$0`. */
const supervisorName = 'infrakit-supervisor'

/** The program and arguments of a supervisor. @param command begins with a path: a bare name could mean a part of the shell */
export function supervised(command: readonly string[]): [program: string, args: string[]] {
  return ['/bin/sh', ['-c', supervisor, supervisorName, ...command]]
}

/** Whom a command runs as. */
export interface Ids {
  readonly uid: number
  readonly gid: number
}

export interface Start {
  /** Where its log and its exit file are. */
  readonly dir: string
  /** Begins with a path. */
  readonly command: readonly string[]
  readonly prepared: {
    readonly cwd: string
    readonly environment: Record<string, string>
    readonly user?: Ids | undefined
  }
  /** Called when the supervisor has ended, should this process still live. */
  readonly ended: () => void
}

/**
 * Starts the command under a supervisor that outlives this process. Both write to the instance's log; how the command
 * ended goes to its exit file.
 *
 * @throws plugin-failed when it cannot be started
 */
export async function startSupervisor(
  table: ProcessTable,
  { dir, command, prepared, ended }: Start,
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

/** Supervisors that live, of commands whose mark begins so: also those that their starter had no time to write down. */
export function supervisorsOf(table: ProcessTable, mark: string): Identity[] {
  return table.marked(mark).filter(({ Pid }) => isSupervisor(Pid))
}

export function isSupervisor(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`\0${supervisorName}\0`)
  } catch {
    // It is gone.
    return false
  }
}
