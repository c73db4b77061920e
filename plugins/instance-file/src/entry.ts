import { closeSync, constants, fstatSync, lstatSync, openSync, readFileSync, type Stats } from 'node:fs'
import { messageOf } from '@infrakit/spi'
import { parseFile, type InstanceFile } from './file-format.js'

/** One instance as it was last read. */
export interface Entry {
  readonly id: string
  /** Changes with the file. */
  readonly stamp: Stamp
  /** Whether the next change is sure to change the stamp. */
  readonly settled: boolean
  readonly text: string
  /** Absent when the text makes no sense. */
  readonly file?: InstanceFile
  /** Why the text makes no sense, and since when (monotonic milliseconds). */
  readonly problem?: { readonly reason: string; readonly since: number }
}

type Stamp = Pick<Stats, 'ino' | 'size' | 'mtimeMs' | 'ctimeMs'>

/** Milliseconds in which two changes can get the same time stamp: the clock of the slowest kernel ticks every 10. */
const stampTick = 20
/** Milliseconds that a writer who does not rename (the original, an editor) may leave a file half written. */
export const halfWritten = 1000
const mebibyte = 1024 * 1024
const maxBytes = 8 * mebibyte

const readOnly = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK

/**
 * Reads one instance; `undefined` when it has no file. One whose file did not change since `previous` is not read again.
 *
 * A text that makes no sense gives an entry with a `problem`; for the first second after it made sense it keeps what it
 * had, because somebody may still be writing. Throws the system's error when the file is there and cannot be read.
 */
export function readEntry(dir: string, id: string, previous: Entry | undefined): Entry | undefined {
  const path = `${dir}/${id}`
  const seen = lstatSync(path, { throwIfNoEntry: false })
  if (!seen) return undefined
  if (previous?.settled && isSame(previous.stamp, seen)) return previous
  if (!seen.isFile()) return unread(id, seen, 'is not a regular file', previous)
  if (seen.size > maxBytes) return unread(id, seen, `is larger than ${maxBytes / mebibyte} MiB`, previous)
  const content = readContent(path)
  return content && interpret(id, content, previous)
}

interface Content {
  readonly text: string
  readonly stamp: Stamp
  readonly settled: boolean
}

function readContent(path: string): Content | undefined {
  let descriptor
  try {
    descriptor = openSync(path, readOnly)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
  try {
    // In this order: a change while reading gets a later time than the one noted here.
    const now = Date.now()
    const stats = fstatSync(descriptor)
    const text = readFileSync(descriptor, 'utf8')
    return { text, stamp: stampOf(stats), settled: now - stats.ctimeMs > stampTick }
  } finally {
    closeSync(descriptor)
  }
}

function interpret(id: string, content: Content, previous: Entry | undefined): Entry {
  if (previous && previous.text === content.text && !previous.problem) return { ...previous, ...content }
  try {
    return { id, ...content, file: parseFile(content.text) }
  } catch (error) {
    const since = previous?.problem?.since ?? performance.now()
    const problem = { reason: `makes no sense: ${messageOf(error)}`, since }
    const forgiven = previous?.file && performance.now() - since < halfWritten
    return forgiven ? { id, ...content, settled: false, file: previous.file, problem } : { id, ...content, problem }
  }
}

function unread(id: string, stats: Stats, reason: string, previous: Entry | undefined): Entry {
  const since = previous?.problem?.since ?? performance.now()
  return { id, stamp: stampOf(stats), settled: true, text: '', problem: { reason, since } }
}

function stampOf({ ino, size, mtimeMs, ctimeMs }: Stats): Stamp {
  return { ino, size, mtimeMs, ctimeMs }
}

function isSame(one: Stamp, other: Stamp): boolean {
  return (
    one.ctimeMs === other.ctimeMs && one.mtimeMs === other.mtimeMs && one.size === other.size && one.ino === other.ino
  )
}

/** Whether it is described as it was before its text made no sense. */
export function isForgiven(entry: Entry): boolean {
  return entry.problem !== undefined && entry.file !== undefined
}

/** Whether two readings of an instance tell different things. */
export function differs(one: Entry, other: Entry): boolean {
  return one.text !== other.text || (one.file === undefined) !== (other.file === undefined)
}
