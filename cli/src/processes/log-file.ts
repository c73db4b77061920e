import { mkdir, open, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'

export function logFile(home: string, name: string): string {
  return join(home, 'logs', `${encodeURIComponent(name)}.log`)
}

/** Opens a log for appending, making its folder; only the owner can read it. */
export async function openLog(path: string) {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  return open(path, 'a', 0o600)
}

/** Size in bytes, 0 when it does not exist yet. */
export async function logSize(path: string): Promise<number> {
  try {
    return (await stat(path)).size
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0
    throw error
  }
}

/** Bytes from the end that are looked through for the last lines. */
const tailBytes = 1 << 20

/** The last lines of a log, and where it ended then. @param from byte before which nothing is looked at */
export async function tailLog(path: string, count: number, from = 0): Promise<{ lines: string[]; end: number }> {
  const end = await logSize(path)
  const start = Math.max(from, end - tailBytes)
  const text = await readRange(path, start, end)
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  return { lines: count === 0 ? [] : lines.slice(-count), end }
}

export async function readRange(path: string, start: number, end: number): Promise<string> {
  if (end <= start) return ''
  const file = await open(path, 'r')
  try {
    const buffer = Buffer.alloc(end - start)
    const { bytesRead } = await file.read(buffer, 0, buffer.length, start)
    return buffer.toString('utf8', 0, bytesRead)
  } finally {
    await file.close()
  }
}
