import { openStore, type Store } from '@infrakit/store'
import { z } from 'zod'

const intentSchema = z.strictObject({ Container: z.string() })
type Intent = z.output<typeof intentSchema>

/**
 * What is being provisioned, durably, by a token that the container has as a label. While an intent is noted its container
 * is no instance: when nobody is working on it any more, it is left over.
 *
 * Not the container says that it is complete, as its labels never change, and its name had better not: in engines up to 20.10
 * at least, renaming one that runs while another one ends can lock up all networks of the engine.
 */
export class Intents {
  readonly #underWay = new Set<string>()

  private constructor(
    private readonly store: Store<Intent>,
    private readonly noted: Set<string>,
  ) {}

  /** Throws `StoreError` rather than forget what cannot be read. */
  static async open(dir: string): Promise<Intents> {
    const store = await openStore<Intent>(dir, { check: (value) => intentSchema.parse(value) })
    return new Intents(store, new Set(await store.keys()))
  }

  has(token: string): boolean {
    return this.noted.has(token)
  }

  isUnderWay(token: string): boolean {
    return this.#underWay.has(token)
  }

  /** Those that nobody works on: of an earlier life, or their containers could not be removed. */
  idle(): string[] {
    return [...this.noted].filter((token) => !this.#underWay.has(token))
  }

  /**
   * Notes an intent and carries it out. `work` calls `forget` when nothing is left to do, or nothing is left of it.
   *
   * @param container its name, for people who look into the note
   */
  async during<T>(token: string, container: string, work: () => Promise<T>): Promise<T> {
    this.#underWay.add(token)
    try {
      await this.store.write(token, { Container: container })
      this.noted.add(token)
      return await work()
    } finally {
      this.#underWay.delete(token)
    }
  }

  async forget(token: string): Promise<void> {
    if (!this.noted.has(token)) return
    await this.store.remove(token)
    this.noted.delete(token)
  }
}
