import { openStore, type Store } from '@infrakit/store'
import { z } from 'zod'

const choiceSchema = z.strictObject({ Host: z.string() })
type Choice = z.output<typeof choiceSchema>

/**
 * On which of several hosts each provision key was begun, durably: when that host cannot be reached, and the key is
 * repeated, nobody else can say whether there is an instance already.
 */
export class Choices {
  private constructor(
    private readonly store: Store<Choice>,
    private readonly hosts: Map<string, string>,
  ) {}

  /** Throws `StoreError` rather than forget what cannot be read. */
  static async open(dir: string): Promise<Choices> {
    const store = await openStore<Choice>(dir, { check: (value) => choiceSchema.parse(value) })
    const hosts = new Map<string, string>()
    for (const key of await store.keys()) {
      const choice = await store.read(key)
      if (choice) hosts.set(key, choice.Host)
    }
    return new Choices(store, hosts)
  }

  /** The name of the host. */
  hostOf(key: string): string | undefined {
    return this.hosts.get(key)
  }

  async choose(key: string, host: string): Promise<void> {
    if (this.hosts.get(key) === host) return
    await this.store.write(key, { Host: host })
    this.hosts.set(key, host)
  }

  async forget(key: string): Promise<void> {
    if (!this.hosts.has(key)) return
    await this.store.remove(key)
    this.hosts.delete(key)
  }

  /** Forgets all but those of keys that are in use. */
  async retain(keys: ReadonlySet<string>): Promise<void> {
    for (const key of [...this.hosts.keys()]) if (!keys.has(key)) await this.forget(key)
  }
}
