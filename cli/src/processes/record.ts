import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ProcessIdentity } from './identity.js'

/** How a plugin is run. */
export interface Launch {
  readonly name: string
  /** The plugin folder that it serves in. */
  readonly pluginsDir: string
  readonly executable: string
  readonly args: readonly string[]
  readonly cwd: string
  readonly log: string
}

/** What is remembered of a plugin that was started by `infrakit plugin start`. */
export interface ProcessRecord extends Launch {
  /** Absent while it is being started again. */
  readonly plugin?: ProcessIdentity
  readonly supervisor?: ProcessIdentity
  /** How it ended last, in words; only a supervisor sees it. */
  readonly lastEnd?: string
}

export function recordsFolder(home: string): string {
  return join(home, 'run')
}

function fileOf(home: string, name: string): string {
  return join(recordsFolder(home), `${encodeURIComponent(name)}.json`)
}

/** The record of a plugin in this plugin folder; `undefined` when there is none. */
export async function readRecord(home: string, pluginsDir: string, name: string): Promise<ProcessRecord | undefined> {
  try {
    const record = JSON.parse(await readFile(fileOf(home, name), 'utf8')) as ProcessRecord
    return record.pluginsDir === pluginsDir ? record : undefined
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' || error instanceof SyntaxError) return undefined
    throw error
  }
}

/** Whole or not at all, as far as a reader can see. */
export async function writeRecord(home: string, record: ProcessRecord): Promise<void> {
  await mkdir(recordsFolder(home), { recursive: true, mode: 0o700 })
  const file = fileOf(home, record.name)
  const temporary = `${file}.${process.pid}`
  await writeFile(temporary, `${JSON.stringify(record)}\n`, { mode: 0o600 })
  await rename(temporary, file)
}

export async function removeRecord(home: string, name: string): Promise<void> {
  await rm(fileOf(home, name), { force: true })
}

/** Names of all plugins with a record, sorted. */
export async function recordedNames(home: string): Promise<string[]> {
  try {
    const files = await readdir(recordsFolder(home))
    return files
      .filter((file) => file.endsWith('.json'))
      .map((file) => decodeURIComponent(file.slice(0, -5)))
      .sort()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}
