import { readdir, readFile } from 'node:fs/promises'
import { codeOf } from './store-error.js'

/**
 * When a process began, in a form that is only good for comparing: with the pid it names one process for ever, across
 * reused pids and reboots. `undefined` when there is no such process; a zombie counts as none.
 */
export async function processStartTime(pid: number): Promise<string | undefined> {
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined
  return process.platform === 'linux' ? startTimeFromProc(pid) : startTimeFromPs(pid)
}

/** Whether the process that had this pid and start time still runs. */
export async function isRunning(pid: number, startTime: string): Promise<boolean> {
  const now = await processStartTime(pid)
  if (now !== undefined) return now === startTime
  return isHidden(pid)
}

/** proc(5), /proc/PID/stat: the name is in parentheses and may hold any character; field 3 is the state, 22 the start. */
async function startTimeFromProc(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch((error: unknown) => {
    // ESRCH: it ended between open and read.
    if (['ENOENT', 'ESRCH'].includes(codeOf(error) ?? '')) return undefined
    throw error
  })
  if (stat === undefined) return undefined
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [state, ticks] = [fields[0], fields[19]]
  if ((state === 'Z' || state === 'X') && !(await hasOtherThreads(pid))) return undefined
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '')
  return `${ticks}@${boot.trim()}`
}

/** A killed process shows as a zombie while threads of it are still inside a system call, such as a write or a rename. */
async function hasOtherThreads(pid: number): Promise<boolean> {
  const threads = await readdir(`/proc/${pid}/task`).catch(() => [])
  return threads.length > 1
}

async function startTimeFromPs(pid: number): Promise<string | undefined> {
  const [{ execFile }, { promisify }] = await Promise.all([import('node:child_process'), import('node:util')])
  const run = promisify(execFile)
  const env = { ...process.env, LC_ALL: 'C', TZ: 'UTC' }
  const { stdout } = await run('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { env }).catch(() => ({ stdout: '' }))
  const [state, ...start] = stdout.trim().split(/\s+/)
  if (!state || state.startsWith('Z')) return undefined
  return start.join('-')
}

/** Somebody else's process whose /proc entry is not shown to us (mount option hidepid): it lives, more is not known. */
function isHidden(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return false
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
}
