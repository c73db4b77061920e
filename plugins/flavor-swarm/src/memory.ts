import { InfrakitError } from '@infrakit/spi'
import type { Store } from '@infrakit/store'
import { z } from 'zod'

const noteSchema = z.object({ Group: z.string(), SwarmJoinIP: z.string(), Swarm: z.string() })

/** Which swarm a group of managers has made. */
export type Note = z.infer<typeof noteSchema>

export function checkNote(value: unknown): Note {
  return noteSchema.parse(value)
}

/**
 * Remembers, durably, which swarm a group of managers has made. Managers that cannot be asked may be there nevertheless: a
 * group that has had a swarm never makes a second one by itself.
 */
export class Memory {
  readonly #known = new Map<string, string>()

  /** @param dir where the notes are, for messages */
  constructor(
    private readonly store: Store<Note>,
    private readonly dir: string,
  ) {}

  async recall(group: string, joinIP: string): Promise<string | undefined> {
    const key = keyOf(group, joinIP)
    const known = this.#known.get(key) ?? (await this.store.read(key))?.Swarm
    if (known !== undefined) this.#known.set(key, known)
    return known
  }

  /** Notes a swarm. Throws `conflict` where the group has had another one. */
  async note(group: string, joinIP: string, swarm: string): Promise<void> {
    const known = await this.recall(group, joinIP)
    if (known === swarm) return
    if (known !== undefined) {
      const message = `the engines in Properties.Docker are in swarm ${swarm}, and group '${group}' has made swarm ${known}`
      throw new InfrakitError('conflict', message, { hint: this.#hint(group, joinIP) })
    }
    const key = keyOf(group, joinIP)
    await this.store.write(key, { Group: group, SwarmJoinIP: joinIP, Swarm: swarm })
    this.#known.set(key, swarm)
  }

  async forget(group: string, joinIP: string): Promise<void> {
    const key = keyOf(group, joinIP)
    await this.store.remove(key)
    this.#known.delete(key)
  }

  /** Throws `unavailable` where the group has had a swarm. */
  async refuseAnother(group: string, joinIP: string): Promise<void> {
    const known = await this.recall(group, joinIP)
    if (known === undefined) return
    const message = `none of the engines in Properties.Docker can be asked about swarm ${known}, which group '${group}' has made; a second one would split it`
    throw new InfrakitError('unavailable', message, { hint: this.#hint(group, joinIP) })
  }

  #hint(group: string, joinIP: string): string {
    const recovery =
      'a swarm that lost most of its managers needs `docker swarm init --force-new-cluster` on one of them'
    return `Name the engines of all managers in Docker.Hosts; ${recovery}. Where it is gone for good: end this plugin and remove its note ${this.dir}/${encodeURIComponent(keyOf(group, joinIP))}.json.`
  }
}

function keyOf(group: string, joinIP: string): string {
  return `${group}:${joinIP}`
}
