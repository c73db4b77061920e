import { randomBytes } from 'node:crypto'
import { readlink, rename, rm, symlink } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { LockHeldError } from './lock-error.js'
import { isRunning, processStartTime } from './process.js'
import { codeOf, failedTo, StoreError } from './store-error.js'

/** Who has a lock. `text` is what the lock file holds; no two acquisitions ever write the same. */
interface Holder {
  readonly pid: number
  readonly startTime: string
  readonly text: string
}

export interface Lock {
  /** Gives the lock up. Doing it twice is fine. */
  release(): Promise<void>
}

/** A taker holds the lock beside the lock for a few system calls only; one that was stopped right there is not waited for. */
const takerPatienceMs = 2000

/**
 * Acquires an exclusive lock among the processes of one machine. It is held until `release` or until the process ends,
 * however that happens: a holder that is dead, or whose pid now belongs to another process, is taken over. A second
 * acquisition by the same process is refused like any other.
 *
 * The lock file is a symbolic link whose target names the holder: it comes into being with its content in one step, so
 * that nobody ever sees it empty or half written.
 *
 * @param options.waitMs how long to wait for a living holder, default not at all
 * @throws LockHeldError, naming the living holder; StoreError when the file cannot be made
 */
export async function acquireLock(path: string, options: { waitMs?: number } = {}): Promise<Lock> {
  const mine = await thisProcess()
  const end = performance.now() + (options.waitMs ?? 0)
  const takerEnd = end + takerPatienceMs
  for (;;) {
    const result = await take(path, mine)
    if (result === 'taken') return { release: () => drop(path, mine) }
    // Who is refused by a taker learns in a moment who has the lock itself.
    if (performance.now() >= (result.path === path ? end : takerEnd)) throw new LockHeldError(path, result.holder.pid)
    await sleep(5 + Math.random() * 20)
  }
}

/** The living process that holds a lock; `undefined` when none does. */
export async function lockHolder(path: string): Promise<number | undefined> {
  const holder = await readHolder(path)
  return holder && (await isRunning(holder.pid, holder.startTime)) ? holder.pid : undefined
}

/**
 * One try. A dead holder's file is only ever replaced by who has the lock beside it (`path.taker`, made by the same
 * rules), and after a second look: otherwise the slower of two takers would throw out the faster one, who lives.
 */
async function take(path: string, mine: Holder): Promise<'taken' | { path: string; holder: Holder }> {
  for (;;) {
    if (await create(path, mine)) return 'taken'
    const holder = await readHolder(path)
    if (!holder) continue // given up in between
    if (await isRunning(holder.pid, holder.startTime)) return { path, holder }
    const taker = `${path}.taker`
    const refused = await take(taker, mine)
    if (refused !== 'taken') return refused
    try {
      if (await replace(path, holder, mine)) return 'taken'
    } finally {
      await drop(taker, mine)
    }
  }
}

async function create(path: string, mine: Holder): Promise<boolean> {
  try {
    await symlink(mine.text, path)
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw failedTo('make the lock', path, error)
  }
}

/** Puts `mine` in the place of the dead holder, unless another taker was faster. */
async function replace(path: string, dead: Holder, mine: Holder): Promise<boolean> {
  if ((await readHolder(path))?.text !== dead.text) return false
  const next = `${path}.next`
  await rm(next, { force: true })
  await symlink(mine.text, next)
  await rename(next, path)
  return true
}

async function drop(path: string, mine: Holder): Promise<void> {
  if ((await readHolder(path))?.text === mine.text) await rm(path, { force: true })
}

async function readHolder(path: string): Promise<Holder | undefined> {
  const text = await readlink(path).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined
    throw notALock(path, error)
  })
  if (text === undefined) return undefined
  const match = /^pid=(\d+) start=(\S+) key=[0-9a-f]+$/.exec(text)
  if (!match) throw notALock(path)
  return { pid: Number(match[1]), startTime: match[2] ?? '', text }
}

async function thisProcess(): Promise<Holder> {
  const startTime = (await processStartTime(process.pid)) ?? 'unknown'
  const key = randomBytes(8).toString('hex')
  return { pid: process.pid, startTime, text: `pid=${process.pid} start=${startTime} key=${key}` }
}

function notALock(path: string, cause?: unknown): StoreError {
  return new StoreError(`cannot lock ${path}: it exists and is not a lock file`, path, {
    hint: `Move ${path} away and try again.`,
    cause,
  })
}
