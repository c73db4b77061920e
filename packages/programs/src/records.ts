import { randomBytes } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { InfrakitError, messageOf } from '@infrakit/spi'
import {
  acquireLock,
  codeOf,
  failedTo,
  LockHeldError,
  makeFolder,
  type Lock,
  removeLeftovers,
  syncFolder,
  writeFileDurably,
} from '@infrakit/store'

/** A record that makes no sense. */
export interface Damaged {
  readonly ID: string
  readonly problem: string
}

/** The folder of instances, a folder for each. This process alone writes there. */
export interface Records<R> {
  /** Of this folder alone: by it processes are told from those of other plugins. */
  readonly key: string
  /** Folder of an instance. */
  dirOf(id: string): string
  /** All that were written. Throws `unavailable` rather than leave one out that cannot be read. */
  load(): Promise<(R | Damaged)[]>
  /** Makes the folder of an instance to be, which need not survive a power failure. Throws `StoreError`. */
  begin(id: string): Promise<void>
  /** Writes a record, durably. Throws `StoreError`. */
  write(record: R): Promise<void>
  /** Removes an instance's folder and all it holds, as one step. */
  remove(id: string): Promise<void>
  /** Lets others use the folder. */
  close(): Promise<void>
}

/** What the records of a plugin look like. */
export interface RecordKind<R> {
  /** Folders of such names are instances. */
  readonly id: RegExp
  /** Throws for a text that is no record, saying why and quoting nothing of it. */
  parse(text: string): R
  format(record: R): string
}

const removedPrefix = '.removed-'
/** Folders of jobs that run without an instance begin so. */
export const jobPrefix = '.job-'
const recordName = 'instance.json'
const keyName = '.key'

/** Opens the folder, which is made when missing. Throws `input` when it cannot be used, `conflict` when another process does. */
export async function openRecords<R extends { readonly ID: string }>(
  dir: string,
  kind: RecordKind<R>,
): Promise<Records<R>> {
  const lock = await lockFolder(dir)
  const dirOf = (id: string) => join(dir, id)

  async function readOne(id: string): Promise<R | Damaged | undefined> {
    const path = join(dirOf(id), recordName)
    const content = await readFile(path, 'utf8').catch((cause: unknown) => {
      if (codeOf(cause) === 'ENOENT') return undefined
      throw new InfrakitError('unavailable', `cannot read ${path}: ${messageOf(cause)}`, {
        hint: 'Give the user that runs the plugin the right to read it.',
        cause,
      })
    })
    if (content === undefined) return undefined
    try {
      const record = kind.parse(content)
      return record.ID === id ? record : { ID: id, problem: 'it is that of another instance' }
    } catch (error) {
      return { ID: id, problem: messageOf(error) }
    }
  }

  async function remove(id: string): Promise<void> {
    const removed = join(dir, `${removedPrefix}${id}`)
    await rename(dirOf(id), removed).catch((error: unknown) => {
      if (codeOf(error) !== 'ENOENT') throw error
    })
    await syncFolder(dir)
    await rm(removed, { recursive: true, force: true })
  }

  try {
    const key = await folderKey(dir)
    await removeRemains(dir)
    return {
      key,
      dirOf,
      async load() {
        const found: (R | Damaged)[] = []
        for (const id of (await readdir(dir)).filter((name) => kind.id.test(name)).sort()) {
          const record = await readOne(id)
          await removeLeftovers(dirOf(id))
          // A folder without a record is what a killed process began with: nothing was started there.
          if (record) found.push(record)
          else await remove(id)
        }
        return found
      },
      begin: (id) => makeBareFolder(dirOf(id)),
      async write(record) {
        const folder = dirOf(record.ID)
        await makeFolder(folder)
        await writeFileDurably(join(folder, recordName), kind.format(record))
        await syncFolder(dir)
      },
      remove,
      close: () => lock.release(),
    }
  } catch (error) {
    await lock.release()
    throw error
  }
}

/** Makes a folder that need not survive a power failure. */
async function makeBareFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { mode: 0o700 })
  } catch (cause) {
    throw failedTo('make the folder', folder, cause)
  }
}

/** Makes the folder when it is missing, and keeps other plugins out of it. Throws as `openRecords` does. */
export async function lockFolder(dir: string): Promise<Lock> {
  try {
    await makeFolder(dir)
    return await acquireLock(join(dir, '.lock'))
  } catch (cause) {
    if (cause instanceof LockHeldError) {
      throw new InfrakitError('conflict', `the folder of instances ${dir} is in use by process ${cause.pid}`, {
        hint: `End that process (kill ${cause.pid}), or give this plugin a folder of its own: --dir.`,
        cause,
      })
    }
    throw new InfrakitError('input', `cannot use ${dir} as the folder of instances: ${messageOf(cause)}`, {
      hint: 'Choose another folder with --dir, or give the user that runs the plugin the right to use it.',
      cause,
    })
  }
}

async function folderKey(dir: string): Promise<string> {
  const path = join(dir, keyName)
  const known = await readFile(path, 'utf8').catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  })
  if (known !== undefined && /^[0-9a-f]{16}\n$/.test(known)) return known.trim()
  const key = randomBytes(8).toString('hex')
  await writeFileDurably(path, `${key}\n`)
  return key
}

async function removeRemains(dir: string): Promise<void> {
  await removeLeftovers(dir)
  for (const name of await readdir(dir)) {
    const remains = [removedPrefix, jobPrefix].some((prefix) => name.startsWith(prefix))
    if (remains) await rm(join(dir, name), { recursive: true, force: true })
  }
}
