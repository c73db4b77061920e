import type { Engine } from '@infrakit/docker'
import { InfrakitError, kindOf, messageOf, type Call } from '@infrakit/spi'

/** Longer than a busy manager takes to answer, much shorter than a group waits for a listing. */
const patience: Call = { timeout: 10_000 }

/** The managers of one swarm, any of which knows all of it: one that does not answer, or has no leader, is passed over. */
export class Managers {
  #current = 0

  constructor(readonly engines: readonly Engine[]) {}

  /**
   * Asks the one that answered last, else the others in turn. What is asked must be fine to do twice.
   *
   * @throws InfrakitError `unavailable` when none of several can be asked; what the work does otherwise
   */
  async ask<T>(work: (engine: Engine, call: Call) => Promise<T>): Promise<T> {
    const failures: unknown[] = []
    const first = this.#current
    for (let step = 0; step < this.engines.length; step++) {
      const at = (first + step) % this.engines.length
      const engine = this.engines[at]
      if (!engine) break
      try {
        const answer = await work(engine, patience)
        this.#current = at
        return answer
      } catch (error) {
        if (kindOf(error) !== 'unavailable' && kindOf(error) !== 'timeout') throw error
        failures.push(error)
      }
    }
    const [only] = failures
    if (failures.length === 1) throw only
    const each = failures.map(messageOf).join('; ')
    throw new InfrakitError('unavailable', `none of the managers can be asked: ${each}`, {
      hint: 'More than half of the managers of a swarm have to be there: `docker node ls` says which are.',
      cause: only,
    })
  }
}
