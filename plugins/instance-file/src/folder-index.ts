import { readdirSync, statSync } from 'node:fs'
import { differs, readEntry, type Entry } from './entry.js'
import { cannotRead, folderReplaced, otherDevice } from './file-errors.js'
import { isInstanceId } from './instance-id.js'
import { createKeyIndex, keyOf } from './key-index.js'

export type Change = 'created' | 'changed' | 'destroyed'

/** The instances of a folder, as last read. Whoever asks says first what must be looked at again. */
export interface FolderIndex {
  readonly entries: ReadonlyMap<string, Entry>
  /** The same by ID; the same list as long as nothing changes. */
  sorted(): readonly Entry[]
  /** The instance that carries this provision key. Throws like `refresh`. */
  provisioned(key: string): string | undefined
  /**
   * Brings everything up to date with the folder. Throws `unavailable` when the folder or a file in it cannot be read:
   * what could not be seen is not gone.
   */
  refresh(): void
  /**
   * Whether nothing is missing but what has happened since to files in the same folder. Throws like `refresh` when the
   * folder cannot be read.
   */
  isComplete(): boolean
  /** Brings one instance up to date; `undefined` when it has no file. Throws like `refresh`. */
  look(id: string): Entry | undefined
}

/**
 * All of it is synchronous on purpose: what is seen is of one moment, no change of our own comes between, and no look
 * waits behind the writes of a thousand provisions. Three microseconds per instance buy that.
 *
 * @param changed told of each difference that a look finds
 */
export function createFolderIndex(dir: string, changed: (change: Change, entry: Entry) => void): FolderIndex {
  const entries = new Map<string, Entry>()
  const keys = createKeyIndex()
  let sorted: readonly Entry[] | undefined
  let complete = false
  let device: number | undefined
  /** Which folder the last complete look was at. */
  let lookedAt: string | undefined

  /** What folder it is now. Throws `unavailable` when it is not there or something else was mounted over it. */
  function identify(): string {
    const stats = reading(dir, () => statSync(dir))
    device ??= stats.dev
    if (stats.dev !== device) throw otherDevice(dir)
    return `${stats.ino} ${stats.birthtimeMs}`
  }

  function read(id: string): Entry | undefined {
    const before = entries.get(id)
    let entry
    try {
      entry = readEntry(dir, id, before)
    } catch (error) {
      throw cannotRead(`${dir}/${id}`, error)
    }
    if (!entry || entry === before) return entry
    sorted = undefined
    entries.set(id, entry)
    keys.changed(before, entry)
    if (!before) changed('created', entry)
    else if (differs(before, entry)) changed('changed', entry)
    return entry
  }

  function drop(id: string): void {
    const entry = entries.get(id)
    if (!entry) return
    sorted = undefined
    entries.delete(id)
    keys.changed(entry, undefined)
    changed('destroyed', entry)
  }

  function refresh(): void {
    complete = false
    const folder = identify()
    const names = reading(dir, () => readdirSync(dir)).filter(isInstanceId)
    // A listing made while files are renamed over may leave one out: only its own look says that a known one is gone.
    const gone = [...new Set([...names, ...entries.keys()])].filter((id) => !read(id))
    if (gone.length > 0 && identify() !== folder) throw folderReplaced(dir)
    gone.forEach(drop)
    lookedAt = folder
    complete = true
  }

  function isComplete(): boolean {
    return complete && identify() === lookedAt
  }

  function look(id: string): Entry | undefined {
    const known = complete
    complete = false
    const entry = read(id)
    if (!entry) {
      identify()
      drop(id)
    }
    complete = known
    return entry
  }

  function provisioned(key: string): string | undefined {
    // Without a look that saw everything, one that was there before might be missing.
    if (!complete) refresh()
    return [...keys.find(key)].find((id) => keyOf(look(id)) === key)
  }

  function inOrder(): readonly Entry[] {
    return (sorted ??= [...entries.values()].sort((a, b) => (a.id < b.id ? -1 : 1)))
  }

  return { entries, sorted: inOrder, provisioned, refresh, isComplete, look }
}

function reading<T>(path: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw cannotRead(path, error)
  }
}
