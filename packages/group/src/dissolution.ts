import type { Operations } from './operations.js'
import type { Ports } from './ports.js'
import type { GroupRecord } from './record.js'

/** Between two lists that show nothing of a group that is destroyed (ms). */
const secondLookMs = 100

export interface DissolutionOptions {
  readonly record: GroupRecord
  readonly operations: Operations
  readonly ports: Pick<Ports, 'clock' | 'store'>
  /** Looks at the group at the given time (monotonic ms). */
  readonly wake: (at: number) => void
  /** Stops looking after the group. */
  readonly stop: () => Promise<void>
  /** Called once the group is destroyed and its state removed. */
  readonly gone: () => void
}

/** Sees a group that is to be destroyed to its end: the tombstone goes when nothing of it is left. */
export class Dissolution {
  #emptyObservations = 0

  constructor(private readonly options: DissolutionOptions) {}

  /** Ends the group when it is to be destroyed and nothing is left of it. Answers whether it has. */
  async finish(members: number): Promise<boolean> {
    const { record, operations, ports, wake, stop, gone } = this.options
    const { ID, Destroying } = record.state
    if (!Destroying || members > 0 || operations.inFlight.length > 0) {
      this.#emptyObservations = 0
      return false
    }
    // A provision that was given up on may still have been under way: one empty list proves nothing.
    if (++this.#emptyObservations < 2) {
      wake(ports.clock.now() + secondLookMs)
      return false
    }
    // In this order: a state that cannot be removed is tried again.
    await record.idle()
    await ports.store.remove(ID)
    await stop()
    record.tell('destroyed', `Group ${ID} is destroyed`)
    gone()
    return true
  }
}
