import { lstatSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf } from '@infrakit/spi'
import { createLimit, removeDurably, writeFileDurably } from '@infrakit/store'
import { halfWritten, isForgiven, type Entry } from './entry.js'
import { cannotChange, noSuchInstance, notAnInstance } from './file-errors.js'
import { formatFile, type InstanceFile } from './file-format.js'
import { createFolderIndex, type Change } from './folder-index.js'
import { watchFolder } from './folder-watch.js'
import { createHistory } from './history.js'
import { isInstanceId, isPlainName } from './instance-id.js'
import { prepareFolder } from './prepare-folder.js'

export interface FolderOptions {
  /** Where the instances are; made when missing. */
  readonly dir: string
  readonly log: { warn(fields: object, message: string): void }
  readonly publish: (event: { Topic: string; Type: string; ID: string; Message: string }) => void
  /** How a file gets its content: all of it or an error. */
  readonly write?: typeof writeFileDurably
}

/** The folder of instances: what is in it at this moment, and changing that. */
export interface Folder {
  /** All instances, by ID; the same list as long as nothing changes. Throws `unavailable` rather than leave one out. */
  all(): Promise<readonly Entry[]>
  /** One instance. Throws `not-found` and `input`. @param verb what the original was doing when it missed the file */
  find(id: string, verb: 'remove' | 'open'): Entry
  /** The instance that carries this provision key. */
  provisioned(key: string): string | undefined
  /** Writes a new instance: all of it or nothing. */
  create(id: string, file: InstanceFile): Promise<void>
  /** Replaces the file of an instance that is there, and keeps its rights. */
  replace(id: string, file: InstanceFile): Promise<void>
  remove(id: string): Promise<void>
  /** Adds to an instance's history. A history that cannot be written is logged and fails nothing. */
  note(id: string, what: string): void
  /** The last lines of an instance's history, oldest first. */
  tail(id: string, lines: number): string[]
  /** Stops watching. */
  close(): void
}

/** More would not be faster, and a thousand at once would use up the open files. */
const concurrentChanges = 32

/**
 * Opens the folder, and publishes an event for every instance that comes, changes or goes from then on, whoever did it.
 * Throws `input` when the folder cannot be used.
 */
export async function openFolder(options: FolderOptions): Promise<Folder> {
  const { dir, log, publish, write = writeFileDurably } = options
  await prepareFolder(dir)
  const pathOf = (id: string) => join(dir, id)
  const limited = createLimit(concurrentChanges)
  const history = createHistory(dir)
  const index = createFolderIndex(dir, changed)
  /** What is being changed through us is looked at when that is done, not at every step. */
  const changing = new Set<string>()
  let trouble = ''
  const watching = watchFolder(dir, {
    touched: hinted,
    look,
    unwatched: (error) => complain('watch the folder', error),
  })
  look()
  attempt('read the history', () => history.load(trouble ? { has: () => true } : index.entries))

  function changed(change: Change, { id, file, problem }: Entry): void {
    if (change === 'destroyed') history.forget(id)
    else if (!file) log.warn({ dir, instance: id, problem: problem?.reason }, 'instance is not readable')
    publish({ Topic: `instance/${change}`, Type: 'instance', ID: id, Message: `${id} was ${change}` })
  }

  function refresh(): void {
    index.refresh()
    trouble = ''
    watching.looked()
    if ([...index.entries.values()].some(isForgiven)) watching.lookIn(halfWritten)
  }

  function look(): void {
    try {
      refresh()
    } catch (error) {
      complain('look at the folder', error)
    }
  }

  function touched(name: string): void {
    try {
      if (isInstanceId(name)) index.look(name)
    } catch {
      // The look at the whole folder, which follows, says what is wrong.
    }
  }

  function hinted(name: string): void {
    if (!changing.has(name)) touched(name)
  }

  /** Logs what may come back every second only when it is news. */
  function complain(what: string, error: unknown): void {
    const news = `could not ${what}: ${messageOf(error)}`
    if (news !== trouble) log.warn({ dir, error: messageOf(error) }, `could not ${what}`)
    trouble = news
  }

  /** For what must not fail the call that it accompanies. */
  function attempt(what: string, work: () => void): void {
    try {
      work()
    } catch (error) {
      log.warn({ dir, error: messageOf(error) }, `could not ${what}`)
    }
  }

  async function change(what: string, id: string, work: () => Promise<void>): Promise<void> {
    try {
      await limited(async () => {
        changing.add(id)
        await work().finally(() => changing.delete(id))
      })
    } catch (error) {
      throw cannotChange(`${what} ${id}`, error)
    } finally {
      touched(id)
    }
  }

  function find(id: string, verb: 'remove' | 'open'): Entry {
    if (!isPlainName(id)) throw notAnInstance(id)
    const entry = isInstanceId(id) ? index.look(id) : undefined
    if (!entry) throw noSuchInstance(verb, dir, id)
    return entry
  }

  async function all(): Promise<readonly Entry[]> {
    if (!((await watching.toldAll()) && index.isComplete())) refresh()
    return index.sorted()
  }

  function create(id: string, file: InstanceFile): Promise<void> {
    return change('provision', id, async () => {
      try {
        await write(pathOf(id), formatFile(file))
      } catch (error) {
        // The file may be in place with only its durability uncertain: all or nothing.
        await rm(pathOf(id), { force: true }).catch(() => undefined)
        throw error
      }
    })
  }

  function replace(id: string, file: InstanceFile): Promise<void> {
    return change('change', id, async () => {
      await write(pathOf(id), formatFile(file), { mode: lstatSync(pathOf(id)).mode & 0o777 })
    })
  }

  return {
    all,
    find,
    provisioned: (key) => index.provisioned(key),
    create,
    replace,
    remove: (id) => change('destroy', id, () => removeDurably(pathOf(id))),
    note: (id, what) => attempt('write a history', () => history.add(id, what)),
    tail: (id, lines) => history.tail(id, lines),
    close: () => watching.close(),
  }
}
