import pLimit from 'p-limit'
import type { Operation } from './situation.js'

/** How many actions of one group are carried out at the same time. */
const concurrency = 24

interface Running extends Operation {
  settled: boolean
  seen: boolean
}

/**
 * What was begun and may not show in an observation yet. An operation stays in flight until an observation that began
 * after its end has been made: an older one may not show its effect.
 */
export class Operations {
  readonly #running = new Set<Running>()
  readonly #ends = new Set<Promise<void>>()
  readonly #limit = pLimit(concurrency)

  get inFlight(): readonly Operation[] {
    return [...this.#running]
  }

  /** How many have not ended yet. */
  get unsettled(): number {
    return this.#ends.size
  }

  /** Begins an operation; `work` must not throw. */
  begin(operation: Operation, work: () => Promise<void>): void {
    const running: Running = { ...operation, settled: false, seen: false }
    this.#running.add(running)
    const end = this.#limit(work).finally(() => {
      running.settled = true
      this.#ends.delete(end)
    })
    this.#ends.add(end)
  }

  /** Call before an observation begins, and what it returns after it was made, with the provision keys that it saw. */
  beforeObservation(): (keys: ReadonlySet<string | undefined>) => void {
    const settled = [...this.#running].filter((operation) => operation.settled)
    return (keys) => {
      for (const operation of settled) this.#running.delete(operation)
      for (const operation of this.#running) operation.seen ||= operation.key !== undefined && keys.has(operation.key)
    }
  }

  /** Resolves when nothing runs any more. */
  async idle(): Promise<void> {
    while (this.#ends.size > 0) await Promise.all(this.#ends)
  }
}
