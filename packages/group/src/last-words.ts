import type { LastLines } from '@infrakit/spi'
import type { Acting } from './act.js'
import type { Clock } from './ports.js'

/** So many lines, each so long (characters), of so many members are kept. What a runtime says of a crash takes some 20. */
const kept = { lines: 20, length: 500, members: 5 } as const
/** A member goes with or without its words: they are waited for no longer (ms). */
const patienceMs = 2000

/**
 * What members wrote last before they were given up. It is the user's own, and may be secret: kept in memory, told to
 * whoever describes the group, never logged, published or written down.
 */
export class LastWords {
  #all: readonly LastLines[] = []
  /** Members whose words were taken, and who have not been well since. */
  readonly #taken = new Set<string>()

  constructor(private readonly clock: Clock) {}

  /** The newest last. */
  get all(): readonly LastLines[] {
    return this.#all
  }

  /** Asks for a member's last lines, once until it is well again. Never rejects: they are a help, not a need. */
  async take({ instance }: Acting, id: string, reason: string): Promise<void> {
    if (!instance.logs || this.#taken.has(id)) return
    this.#taken.add(id)
    try {
      const { Lines } = await instance.logs.tail({ Instance: id, Lines: kept.lines }, { timeout: patienceMs })
      const lines = Lines.slice(-kept.lines).map((line) => line.slice(0, kept.length))
      const one = { Instance: id, At: this.clock.date().toISOString(), Reason: reason, Lines: lines }
      const others = this.#all.filter(({ Instance }) => Instance !== id)
      if (lines.length > 0) this.#all = [...others, one].slice(-kept.members)
    } catch {
      // Whoever was to tell is gone, or slow.
    }
  }

  /** The same for several, of which no more are asked than are kept. */
  async takeAll(acting: Acting, members: readonly { id: string; detail?: string; condition: string }[]): Promise<void> {
    const some = members.slice(0, kept.members)
    await Promise.all(some.map(({ id, detail, condition }) => this.take(acting, id, detail ?? `it is ${condition}`)))
  }

  /** It is well, or gone: whatever is said under its name next is news again. What was kept stays. */
  forget(id: string): void {
    this.#taken.delete(id)
  }
}
