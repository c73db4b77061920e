import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** A process that is told apart from a later one with the same pid. */
export interface ProcessIdentity {
  readonly pid: number
  /** When it started, in a form that is good only for comparing. */
  readonly started: string
}

/** The identity of a running process; `undefined` when there is none. A zombie counts as ended. */
export function identify(pid: number): ProcessIdentity | undefined {
  const started = process.platform === 'linux' ? startedOnLinux(pid) : startedElsewhere(pid)
  return started === undefined ? undefined : { pid, started }
}

export function isRunning(identity: ProcessIdentity): boolean {
  return identify(identity.pid)?.started === identity.started
}

/** Sends a signal, but never to a process that only has the same pid. @returns whether it was sent */
export function signal(identity: ProcessIdentity, name: NodeJS.Signals): boolean {
  if (!isRunning(identity)) return false
  try {
    return process.kill(identity.pid, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
    throw error
  }
}

/** The parent of a process; `undefined` where that cannot be told. */
export function parentOf(pid: number): number | undefined {
  const parent = Number(statFields(pid)?.[1])
  return Number.isInteger(parent) && parent > 0 ? parent : undefined
}

/** Start time is counted from the boot, so the boot is part of it. */
function startedOnLinux(pid: number): string | undefined {
  const fields = statFields(pid)
  if (!fields || fields[0] === 'Z' || fields[0] === 'X') return undefined
  return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}:${fields[19]}`
}

/** `/proc/PID/stat` from the state on; the command name before it may hold spaces and parentheses. */
function statFields(pid: number): string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return text.slice(text.lastIndexOf(')') + 2).split(' ')
  } catch {
    return undefined
  }
}

function startedElsewhere(pid: number): string | undefined {
  try {
    const text = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim()
    return text === '' || text.startsWith('Z') ? undefined : text.replace(/^\S+\s+/, '')
  } catch {
    return undefined
  }
}
