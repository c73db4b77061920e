import { readdir, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { removeDurably, removeLeftovers, writeFileDurably } from './durable.js'
import { makeFolder } from './folder.js'
import { codeOf, failedTo, StoreError } from './store-error.js'
import { createTurns } from './turns.js'

/** How values become text and back. */
export interface Format {
  parse(text: string): unknown
  stringify(value: unknown): string
}

/** Values by key, each in a file of its own. */
export interface Store<T> {
  /** Sorted. Files that are not ours are passed over. */
  keys(): Promise<string[]>
  /** `undefined` when there is none. A file that cannot be read or made sense of throws: it is never taken as absent. */
  read(key: string): Promise<T | undefined>
  /** Once it returns, the value survives any crash. It is the value as it is now: later changes to it do not count. */
  write(key: string, value: T): Promise<void>
  /** Removing what is not there is fine. */
  remove(key: string): Promise<void>
}

export interface StoreOptions<T> {
  /** Default JSON. */
  readonly format?: Format
  /** Checks what was read and gives it its type; what it throws is reported with the file's name. */
  readonly check?: (value: unknown, key: string) => T
}

const json: Format = { parse: (text) => JSON.parse(text) as unknown, stringify: (value) => JSON.stringify(value) }
const extension = '.json'

/**
 * Opens the store in a folder, which is made (0700) when missing, and clears what killed processes left over in it.
 * Changes to one key are done one after the other, in the order they were asked for. All methods throw `StoreError`.
 */
export async function openStore<T>(dir: string, options: StoreOptions<T> = {}): Promise<Store<T>> {
  const folder = resolve(dir)
  await prepareFolder(folder)
  const format = options.format ?? json
  const check = options.check ?? ((value) => value as T)
  const inTurn = createTurns()

  async function read(key: string): Promise<T | undefined> {
    const path = fileOf(folder, key)
    const bytes = await readBytes(path)
    if (bytes === undefined) return undefined
    const value = parse(path, bytes, format)
    try {
      return check(value, key)
    } catch (error) {
      throw damaged(path, error instanceof Error ? error.message : String(error), error)
    }
  }

  async function write(key: string, value: T): Promise<void> {
    const path = fileOf(folder, key)
    const text = format.stringify(value) as string | undefined
    if (text === undefined) throw new StoreError(`cannot write ${path}: there is no text for this value`, path)
    return inTurn(key, () => writeFileDurably(path, `${text}\n`))
  }

  async function remove(key: string): Promise<void> {
    const path = fileOf(folder, key)
    return inTurn(key, () => removeDurably(path))
  }

  return { keys: () => listKeys(folder), read, write, remove }
}

async function prepareFolder(folder: string): Promise<void> {
  await makeFolder(folder)
  try {
    await removeLeftovers(folder)
  } catch (error) {
    throw failedTo('open the store in', folder, error)
  }
}

function fileOf(folder: string, key: string): string {
  try {
    return join(folder, encodeURIComponent(key) + extension)
  } catch (error) {
    throw failedTo('make a file name of key', JSON.stringify(key), error)
  }
}

async function listKeys(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    throw failedTo('list', folder, error)
  })
  return names
    .map(keyOf)
    .filter((key) => key !== undefined)
    .sort()
}

/** The key of a file that this store could have written. */
function keyOf(name: string): string | undefined {
  if (!name.endsWith(extension)) return undefined
  const encoded = name.slice(0, -extension.length)
  try {
    const key = decodeURIComponent(encoded)
    return encodeURIComponent(key) === encoded ? key : undefined
  } catch {
    return undefined
  }
}

async function readBytes(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw failedTo('read', path, error)
  }
}

/** The parser's own message and error are dropped: they quote the content, which may be secret. */
function parse(path: string, bytes: Uint8Array, format: Format): unknown {
  try {
    return format.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (error) {
    const position = / position (\d+)/.exec(error instanceof Error ? error.message : '')?.[1]
    const where = position === undefined ? '' : ` at position ${position}`
    throw damaged(path, `it cannot be parsed${where} (${bytes.length} bytes)`)
  }
}

function damaged(path: string, reason: string, cause?: unknown): StoreError {
  return new StoreError(`cannot read ${path}: its content is damaged: ${reason}`, path, {
    hint: `Repair ${path}, restore it from a backup, or move it away to go on without it.`,
    cause,
  })
}
