import { readdirSync, readFileSync } from 'node:fs'
import { codeOf } from '@infrakit/store'
import { InfrakitError } from '@infrakit/spi'

/** One process, also across reboots and reused pids. */
export interface Identity {
  readonly Pid: number
  /** As `processStartTime` of the store has it. */
  readonly StartTime: string
}

/** A process that lives. */
export interface Seen extends Identity {
  /** Pid of the leader of its process group. */
  readonly group: number
  /** Pid of the leader of its session. */
  readonly session: number
  readonly parent: number
}

/** A process that carries a mark in its environment. */
export interface Marked extends Seen {
  readonly mark: string
}

/** The processes of this machine, as they are at the moment of the call. */
export interface ProcessTable {
  /** Names the time since the machine was last started. */
  readonly boot: string
  /** `undefined` when no living process has that pid; a zombie is none. */
  see(pid: number): Seen | undefined
  /** Who has or had that pid, even if it is a zombie: for a child that was not waited for yet. */
  identify(pid: number): Identity | undefined
  /** Pids of its children, as far as the kernel tells. */
  children(pid: number): number[]
  /** Whether exactly this process lives: the same pid alone does not count. */
  lives(one: Identity): boolean
  /** All that are visible. */
  all(): Seen[]
  /** Those of them whose mark begins with `prefix`. What belongs to other users, and may not be looked into, is none of ours. */
  marked(prefix: string, among?: readonly Seen[]): Marked[]
  /** Sends a signal to exactly this process, or to the group that it leads. One that is gone, or another by now, gets none. */
  signal(one: Identity, signal: NodeJS.Signals, whole?: 'group'): void
}

/** The variable by which processes of an instance are found, also those that left its session. */
export const markName = 'INFRAKIT_PROCESS'

/** Throws `incompatible` where there is no /proc such as Linux has. */
export function openProcessTable(): ProcessTable {
  const boot = readBootId()

  function see(pid: number): Seen | undefined {
    const stat = readProc(pid, 'stat')
    const parsed = stat === undefined ? undefined : parseStat(pid, stat, boot)
    return parsed?.dead ? undefined : parsed?.seen
  }

  function identify(pid: number): Identity | undefined {
    const stat = readProc(pid, 'stat')
    return stat === undefined ? undefined : { Pid: pid, StartTime: parseStat(pid, stat, boot).seen.StartTime }
  }

  function lives({ Pid, StartTime }: Identity): boolean {
    return see(Pid)?.StartTime === StartTime
  }

  function all(): Seen[] {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map((name) => see(Number(name)))
      .filter((one) => one !== undefined)
  }

  function markOf({ Pid }: Seen): string | undefined {
    const environment = `\0${readProc(Pid, 'environ') ?? ''}`
    const begin = environment.indexOf(`\0${markName}=`)
    return begin < 0 ? undefined : environment.slice(begin + markName.length + 2).split('\0', 1)[0]
  }

  return {
    boot,
    see,
    identify,
    children: (pid) => (readProc(pid, `task/${pid}/children`) ?? '').split(' ').filter(Boolean).map(Number),
    lives,
    all,
    marked: (prefix, among = all()) =>
      among.flatMap((one) => {
        const mark = markOf(one)
        return mark?.startsWith(prefix) ? [{ ...one, mark }] : []
      }),
    signal(one, signal, whole) {
      if (!lives(one)) return
      try {
        process.kill(whole ? -one.Pid : one.Pid, signal)
      } catch (error) {
        if (codeOf(error) !== 'ESRCH') throw error
      }
    },
  }
}

function readBootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch (cause) {
    throw new InfrakitError('incompatible', 'processes cannot be watched on this system: there is no /proc of Linux', {
      hint: 'Run this plugin on Linux, with /proc mounted.',
      cause,
    })
  }
}

const gone = new Set(['ENOENT', 'ESRCH'])
const notOurs = new Set(['EACCES', 'EPERM'])

/** A file of /proc/PID; `undefined` when the process is gone, or its environment belongs to somebody else. */
function readProc(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1')
  } catch (error) {
    const code = codeOf(error) ?? ''
    if (gone.has(code) || (file === 'environ' && notOurs.has(code))) return undefined
    throw error
  }
}

/** proc(5): the name is in parentheses and may hold any character; after it come the state and many numbers. */
function parseStat(pid: number, stat: string, boot: string): { seen: Seen; dead: boolean } {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [state, parent, group, session] = fields
  // A killed process shows as a zombie while threads of it are still inside a system call.
  const dead = (state === 'Z' || state === 'X') && Number(fields[17]) <= 1
  const seen = {
    Pid: pid,
    StartTime: `${fields[19]}@${boot}`,
    parent: Number(parent),
    group: Number(group),
    session: Number(session),
  }
  return { seen, dead }
}
