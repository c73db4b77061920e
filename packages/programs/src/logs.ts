import { execFile } from 'node:child_process'
import { closeSync, createReadStream, createWriteStream, fstatSync, openSync, readSync, statSync } from 'node:fs'
import { rename, rm, statfs } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import { InfrakitError, messageOf } from '@infrakit/spi'
import { codeOf } from '@infrakit/store'

const run = promisify(execFile)

const chunk = 64 * 1024
/** No more is read for the last lines, however long they are. */
const mostRead = 8 * 1024 * 1024

/** Paths of a log, the newest first: `log`, `log.1`, ... */
function pathsOf(path: string, keep: number): string[] {
  return [path, ...Array.from({ length: keep }, (_, i) => `${path}.${i + 1}`)]
}

/** The last lines of a log and of those before it, oldest first. Throws `unavailable` when one cannot be read. */
export function lastLines(path: string, keep: number, lines: number): string[] {
  if (lines <= 0) return []
  let tail: Buffer = Buffer.alloc(0)
  for (const one of pathsOf(path, keep)) {
    // A line may begin in one file and end in the next.
    tail = Buffer.concat([readTail(one, lines - countLines(tail), mostRead - tail.length), tail])
    if (countLines(tail) > lines || tail.length >= mostRead) break
  }
  const text = tail.toString('utf8')
  const all = (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n').map((line) => line.replace(/\r$/, ''))
  return text === '' ? [] : all.slice(-lines)
}

/** The end of a file, with more than so many line ends if it has them. */
function readTail(path: string, lines: number, most: number): Buffer {
  let descriptor
  try {
    descriptor = openSync(path, 'r')
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return Buffer.alloc(0)
    throw new InfrakitError('unavailable', `cannot read ${path}: ${messageOf(cause)}`, { cause })
  }
  try {
    const parts: Buffer[] = []
    let [begin, read, ends] = [fstatSync(descriptor).size, 0, 0]
    // A NUL is where the beginning was cut out.
    while (begin > 0 && read < most && ends <= lines && parts[0]?.[0] !== 0) {
      const length = Math.min(chunk, begin)
      begin -= length
      const part = Buffer.alloc(length)
      readSync(descriptor, part, 0, length, begin)
      parts.unshift(part)
      read += length
      ends += countLines(part)
    }
    const all = Buffer.concat(parts)
    return all.subarray(afterNuls(all))
  } finally {
    closeSync(descriptor)
  }
}

/** Where something else than NUL begins. */
function afterNuls(part: Buffer): number {
  const at = part.findIndex((byte) => byte !== 0)
  return at < 0 ? part.length : at
}

function countLines(part: Buffer): number {
  let count = 0
  for (let at = part.indexOf(10); at >= 0; at = part.indexOf(10, at + 1)) count++
  return count
}

/** Whether a log takes more room than it may. */
export function isTooLarge(path: string, maxSize: number): boolean {
  const stats = statSync(path, { throwIfNoEntry: false })
  // Where its beginning was cut out the size is that of what was, the blocks are those of what is.
  return stats !== undefined && Math.min(stats.size, stats.blocks * 512) > maxSize
}

/**
 * Moves what is in a log to `log.1`, that to `log.2` and so on, while its writers go on writing: they have the file open,
 * and only add to it. So what is there is copied, and then cut out of its beginning, whole blocks of it; what comes
 * meanwhile stays. Killed in between, lines are in both files; none is ever in neither.
 *
 * Throws the system's error; then nothing is lost.
 */
export async function rotate(path: string, keep: number): Promise<void> {
  const { bsize } = await statfs(path)
  const { size, blocks } = statSync(path)
  const end = Math.floor(size / bsize) * bsize
  // Blocks are counted a moment later than bytes: a little of what was cut out may seem to be there.
  const start = beginOfData(path, Math.floor(Math.max(0, size - blocks * 512) / bsize) * bsize, end)
  if (end === start) return
  if (keep > 0) await keepCopy(path, keep, start, end)
  const range = ['--offset', '0', '--length', String(end), path]
  // Not every file system can shorten a file at its beginning; more can free the room that it takes there.
  await run('fallocate', ['--collapse-range', ...range]).catch(() => run('fallocate', ['--punch-hole', ...range]))
}

/** Where the data of a file begins whose beginning may be cut out, from `start` on. */
function beginOfData(path: string, start: number, end: number): number {
  const descriptor = openSync(path, 'r')
  try {
    let begin = start
    while (begin < end) {
      const part = Buffer.alloc(Math.min(chunk, end - begin))
      readSync(descriptor, part, 0, part.length, begin)
      const nuls = afterNuls(part)
      begin += nuls
      if (nuls < part.length) break
    }
    return begin
  } finally {
    closeSync(descriptor)
  }
}

async function keepCopy(path: string, keep: number, start: number, end: number): Promise<void> {
  const copy = `${path}.new`
  try {
    await pipeline(createReadStream(path, { start, end: end - 1 }), createWriteStream(copy, { mode: 0o600 }))
  } catch (error) {
    await rm(copy, { force: true })
    throw error
  }
  const paths = pathsOf(path, keep)
  for (let i = keep; i > 1; i--) {
    await rename(paths[i - 1] ?? '', paths[i] ?? '').catch((error: unknown) => {
      if (codeOf(error) !== 'ENOENT') throw error
    })
  }
  await rename(copy, paths[1] ?? '')
}
