import type { Write } from './database.js'
import type { Table, Transaction } from './ledger.js'

/** Changes that are to be written together: those that were accepted, and the ones of whoever is at it. */
export class Draft implements Transaction {
  readonly accepted = new Map<string, unknown>()
  /** About how many characters it will be, written. */
  length = 0
  readonly #own = new Map<string, unknown>()
  readonly #texts = new Map<string, string | undefined>()

  /** @param last the last number that was given */
  constructor(
    private readonly values: ReadonlyMap<string, unknown>,
    public last: number,
  ) {}

  get<T>({ name }: Table<T>, key: string): T | undefined {
    const id = `${name}/${key}`
    const source = [this.#own, this.accepted].find((one) => one.has(id)) ?? this.values
    return source.get(id) as T | undefined
  }

  put<T>({ name }: Table<T>, key: string, value: T): void {
    this.#own.set(`${name}/${key}`, value)
  }

  remove<T>({ name }: Table<T>, key: string): void {
    this.#own.set(`${name}/${key}`, undefined)
  }

  next(): number {
    return ++this.last
  }

  /** What was changed since the last one was accepted is part of it. */
  accept(): void {
    for (const [id, value] of this.#own) {
      const text = value === undefined ? undefined : JSON.stringify(value)
      this.accepted.set(id, value)
      this.#texts.set(id, text)
      this.length += id.length + (text?.length ?? 0)
    }
    this.#own.clear()
  }

  /** What was changed since the last one was accepted is forgotten. */
  discard(): void {
    this.#own.clear()
  }

  writes(): Write[] {
    return [...this.#texts]
  }
}
