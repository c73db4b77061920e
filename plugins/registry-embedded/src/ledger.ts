import { setImmediate as turn } from 'node:timers/promises'
import { failpoint, StoreError } from '@infrakit/store'
import type { Database } from './database.js'
import { Draft } from './draft.js'
import { SortedKeys } from './sorted-keys.js'

/** One kind of rows, whose values are `T`. */
export interface Table<T> {
  readonly name: string
  /** Of a value as it was kept by an earlier life of the plugin. */
  revive(kept: T): T
}

/** What a change sees and does. Only what it saw and did as a whole happens. */
export interface Transaction {
  get<T>(table: Table<T>, key: string): T | undefined
  put<T>(table: Table<T>, key: string, value: T): void
  remove<T>(table: Table<T>, key: string): void
  /** A number greater than all that were ever given, also before the last restart. */
  next(): number
}

/** A row that was changed. */
export interface Changed {
  readonly table: string
  readonly key: string
  /** What it was; absent when there was no such row. */
  readonly before: unknown
  /** Absent when it was removed. */
  readonly value: unknown
}

interface Waiting {
  /** Carries it out on a transaction, and gives what its caller is to be told once that is on the disk. */
  readonly work: (transaction: Draft) => () => void
  readonly refuse: (error: unknown) => void
}

const counter = 'counter/last'
/** A batch is closed when it has got so large; what waits goes with the next one. */
const batchLength = 512 * 1024

/**
 * Tables that are read from memory and written to a database. Changes happen one after the other; those that were asked for
 * while the last ones were written are written together, and share the wait for the disk. Nobody sees anything that is
 * not on the disk.
 */
export class Ledger {
  readonly #values = new Map<string, unknown>()
  readonly #sorted = new SortedKeys()
  readonly #listeners: ((changes: readonly Changed[]) => void)[] = []
  #last = 0
  #waiting: Waiting[] = []
  #running: Promise<void> | undefined
  /** Written or not: the database could not tell. */
  #doubtful: Draft | undefined

  private constructor(private readonly database: Database) {}

  /** Reads all that there is. */
  static async open(database: Database, tables: readonly Table<unknown>[]): Promise<Ledger> {
    const ledger = new Ledger(database)
    for await (const [id, text] of database.rows()) {
      const value = JSON.parse(text) as unknown
      const table = tables.find(({ name }) => id.startsWith(`${name}/`))
      if (table) ledger.#set(id, table.revive(value))
      else if (id === counter) ledger.#last = value as number
    }
    return ledger
  }

  get<T>({ name }: Table<T>, key: string): T | undefined {
    return this.#values.get(`${name}/${key}`) as T | undefined
  }

  /** What begins with a prefix, in the order of the keys' bytes. */
  list<T>({ name }: Table<T>, prefix = ''): T[] {
    return this.#sorted.beginningWith(`${name}/${prefix}`).map((id) => this.#values.get(id) as T)
  }

  /** Called with what is on the disk now, before those who asked for it are answered. Must not throw. */
  onChange(listener: (changes: readonly Changed[]) => void): void {
    this.#listeners.push(listener)
  }

  /**
   * Carries out a change, and resolves when it is on the disk. What `work` throws refuses it. A StoreError: it was not
   * made; `unavailable`: that is not known.
   */
  change<R>(work: (transaction: Transaction) => R): Promise<R> {
    return new Promise((resolve, reject) => {
      const attempt = (draft: Draft) => {
        try {
          const result = work(draft)
          draft.accept()
          return () => resolve(result)
        } catch (error) {
          draft.discard()
          return () => reject(error as Error)
        }
      }
      this.#waiting.push({ work: attempt, refuse: reject })
      this.#running ??= this.#run()
    })
  }

  /** Waits for what was asked for, and ends. */
  async close(): Promise<void> {
    await this.#running
    await this.database.close()
  }

  async #run(): Promise<void> {
    // Whoever asks in this turn goes with the first batch.
    await Promise.resolve()
    let written = 1
    while (this.#waiting.length > 0) {
      if (written > 1) await this.#gather(written)
      written = this.#waiting.length
      await this.#writeBatch()
    }
    this.#running = undefined
  }

  /**
   * Those who have just been answered together ask again one after the other: while each turn brings some of them, the wait
   * for the disk is put off, so that more share it. Whoever is alone never waits for others.
   */
  async #gather(answered: number): Promise<void> {
    for (let turns = 0; turns < answered; turns++) {
      const before = this.#waiting.length
      await turn()
      if (this.#waiting.length === before) return
    }
  }

  async #writeBatch(): Promise<void> {
    const batch: Waiting[] = []
    try {
      await this.#settle()
    } catch (error) {
      for (const { refuse } of this.#waiting.splice(0)) refuse(error)
      return
    }
    const draft = new Draft(this.#values, this.#last)
    const answers: (() => void)[] = []
    while (this.#waiting.length > 0 && draft.length < batchLength) {
      const [one] = this.#waiting.splice(0, 1) as [Waiting]
      batch.push(one)
      answers.push(one.work(draft))
    }
    // The number is another one for each batch, by which the database knows it again.
    this.#last = draft.next()
    if (draft.accepted.size > 0) {
      try {
        await this.database.write([...draft.writes(), [counter, String(this.#last)]])
      } catch (error) {
        if (!(error instanceof StoreError)) this.#doubtful = draft
        for (const { refuse } of batch) refuse(error)
        return
      }
      failpoint('registry/written')
      this.#apply(draft)
    }
    for (const answer of answers) answer()
  }

  /** What was in doubt is decided before anything is built on it. */
  async #settle(): Promise<void> {
    if (!this.#doubtful) return
    const written = await this.database.settle()
    if (written) this.#apply(this.#doubtful)
    this.#doubtful = undefined
  }

  #apply({ accepted }: Draft): void {
    const changes: Changed[] = []
    for (const [id, value] of accepted) {
      const slash = id.indexOf('/')
      changes.push({ table: id.slice(0, slash), key: id.slice(slash + 1), before: this.#values.get(id), value })
      this.#set(id, value)
    }
    for (const listener of this.#listeners) listener(changes)
  }

  #set(id: string, value: unknown): void {
    if (value === undefined) {
      this.#values.delete(id)
      this.#sorted.remove(id)
    } else {
      this.#values.set(id, value)
      this.#sorted.add(id)
    }
  }
}
