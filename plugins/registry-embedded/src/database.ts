import { join } from 'node:path'
import { ClassicLevel } from 'classic-level'
import { InfrakitError } from '@infrakit/spi'
import type { StoreError } from '@infrakit/store'
import { databaseError } from './database-error.js'
import { fileReserve } from './reserve.js'

/** A row that is written, or removed. */
export type Write = readonly [key: string, value: string | undefined]

/** Rows on the disk. One batch is written at a time. */
export interface Database {
  /** All rows, in the order of their keys. */
  rows(): AsyncIterable<[key: string, value: string]>
  /**
   * Writes all rows or none, the last of which no batch has written before. Resolves when they are on the disk. A
   * StoreError: none was written. `unavailable`: `settle` has to tell before anything else can be written.
   */
  write(writes: readonly Write[]): Promise<void>
  /** Whether the batch that was left open was written. Throws `unavailable` while that cannot be told. */
  settle(): Promise<boolean>
  close(): Promise<void>
}

/** How much the database collects in its log before it makes a table of it. */
const logBytes = 1024 * 1024
/**
 * Enough to make a table of the log, which is done when the database is opened anew. The least is for opening it once
 * more, after that has been done.
 */
const reserveBytes = { most: 4 * logBytes, least: logBytes / 8 }
/** How often it is looked whether there is room again, at most. */
const patienceMs = 250

/**
 * LevelDB in a folder, which does not cope with a full disk by itself. What it began to write and could not finish must
 * not be followed by more, which the next reader would not find behind it: so the database is opened anew, and then it
 * is known what was written. And since opening takes room, some is kept in reserve; while that is not all there nothing is
 * written.
 *
 * @throws StoreError
 */
export async function openDatabase(dir: string): Promise<Database> {
  const database = new LevelDatabase(dir)
  await database.open()
  return database
}

class LevelDatabase implements Database {
  readonly #level: ClassicLevel
  readonly #reserve
  /** The row that tells whether a batch was written. */
  #doubt: Write | undefined
  /** Why nothing can be written, unless the reserve can be had again. */
  #failure: StoreError | undefined
  #lastLook = -Infinity

  constructor(private readonly dir: string) {
    this.#level = new ClassicLevel(join(dir, 'db'), { writeBufferSize: logBytes })
    this.#reserve = fileReserve(join(dir, 'reserve'), reserveBytes)
  }

  async open(): Promise<void> {
    await this.#openWithReserve()
    await this.#takeReserve().catch(() => undefined)
  }

  rows(): AsyncIterable<[string, string]> {
    return this.#level.iterator()
  }

  async write(writes: readonly Write[]): Promise<void> {
    await this.#ready()
    try {
      await this.#level.batch(writes.map(operation), { sync: true })
    } catch (thrown) {
      const failure = databaseError('write', this.dir, thrown, kept)
      this.#failure = failure
      this.#doubt = writes.at(-1)
      if (!(await this.settle())) throw failure
    }
  }

  async settle(): Promise<boolean> {
    if (!this.#doubt) return false
    const [key, value] = this.#doubt
    try {
      await this.#level.close()
      await this.open()
      const written = (await this.#level.get(key)) === value
      this.#doubt = undefined
      return written
    } catch (cause) {
      const { message, hint } = databaseError('use', this.dir, cause, kept)
      throw new InfrakitError('unavailable', `${message}; whether the last changes were made is not known`, {
        hint,
        cause,
      })
    }
  }

  close(): Promise<void> {
    return this.#level.close()
  }

  async #openWithReserve(): Promise<void> {
    const open = () =>
      this.#level.open().catch((thrown: unknown) => {
        throw databaseError('open', this.dir, thrown, kept)
      })
    try {
      await open()
    } catch (error) {
      if (!isFull(error as StoreError)) throw error
      await this.#reserve.give()
      await open()
    }
  }

  /** Throws the failure there was while it still holds. */
  async #ready(): Promise<void> {
    if (!this.#failure) return
    if (performance.now() - this.#lastLook < patienceMs) throw this.#failure
    await this.#takeReserve()
  }

  async #takeReserve(): Promise<void> {
    this.#lastLook = performance.now()
    try {
      await this.#reserve.take()
      this.#failure = undefined
    } catch (thrown) {
      this.#failure = databaseError('write', this.dir, thrown, kept)
      throw this.#failure
    }
  }
}

const kept = 'What was acknowledged is kept.'

function operation([key, value]: Write) {
  return value === undefined ? ({ type: 'del', key } as const) : ({ type: 'put', key, value } as const)
}

function isFull({ code }: StoreError): boolean {
  return code === 'ENOSPC' || code === 'EDQUOT'
}
