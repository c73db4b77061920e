import { listContainers, type Engine, type ListedContainer } from '@infrakit/docker'
import { InfrakitError, kindOf } from '@infrakit/spi'
import { createTurns } from '@infrakit/store'
import { isAmbiguous, isOvertaken } from './compose/compose-error.js'
import type { Rendered } from './model/rendered.js'
import { keysOf, nextName, ownNetworks, takenNames, type Name, type Naming } from './names.js'
import { settleNetworks } from './networks.js'

/** How often another name is tried, and a network that came or went meanwhile. */
const tries = 5

/** What comes one after the other in a project, as Compose has no lock: its networks, and who gets which name. */
export class Projects {
  readonly #inTurn = createTurns()
  readonly #reserved = new Set<string>()

  constructor(private readonly engine: Engine) {}

  /**
   * Does something for a project while nobody else does; again when its user, whose Compose does not wait, made or removed the
   * same meanwhile.
   */
  during<T>(project: string, work: () => Promise<T>): Promise<T> {
    return this.#inTurn(project, async () => {
      for (let attempt = 1; ; attempt++) {
        try {
          return await work()
        } catch (error) {
          const isRace = isAmbiguous(error) || isOvertaken(error) || kindOf(error) === 'conflict'
          if (attempt >= tries || !isRace) throw error
          await settleNetworks(this.engine, project, [])
        }
      }
    })
  }

  /**
   * Makes something under a name that nobody has, and that nobody else gets meanwhile; under another when it turns out to be
   * in use.
   *
   * @param check is shown all containers there are, and throws where there is to be no other one
   * @throws InfrakitError `conflict` when there is one name only, and it is taken
   */
  async named<T>(
    naming: Naming,
    numbered: readonly string[],
    check: (containers: readonly ListedContainer[]) => void,
    make: (name: Name) => Promise<T>,
  ): Promise<T> {
    const refused = new Set<string>()
    for (let attempt = 1; ; attempt++) {
      const name = await this.#reserve(naming, numbered, refused, check)
      const keys = keysOf(naming, name)
      try {
        return await make(name)
      } catch (error) {
        const isOnly = naming.fixed !== undefined || naming.pet !== undefined
        if (isOnly || kindOf(error) !== 'conflict' || attempt >= tries) throw error
        keys.forEach((key) => refused.add(key))
      } finally {
        keys.forEach((key) => this.#reserved.delete(key))
      }
    }
  }

  async #reserve(
    naming: Naming,
    numbered: readonly string[],
    refused: ReadonlySet<string>,
    check: (containers: readonly ListedContainer[]) => void,
  ): Promise<Name> {
    // What was being made before the list was asked for may be neither on it nor reserved any more.
    const before = [...this.#reserved]
    const containers = await listContainers(this.engine)
    check(containers)
    const taken = new Set([...takenNames(containers, naming.project), ...before, ...this.#reserved, ...refused])
    const name = nextName(naming, taken, numbered)
    if (!name) {
      const what = naming.fixed ?? `${naming.project}-${naming.as}-${naming.pet}`
      throw new InfrakitError('conflict', `the name ${what} is in use by another container`, {
        hint: 'It is that of an instance that is still there, or somebody made it: remove it, or give another name.',
      })
    }
    keysOf(naming, name).forEach((key) => this.#reserved.add(key))
    return name
  }

  /**
   * Makes a container of a project: the first one, which makes the networks as well, alone, all others at the same time. Tried
   * again when somebody else made or removed a network meanwhile.
   */
  async withNetworks(rendered: Rendered, make: () => Promise<void>): Promise<void> {
    const { project } = rendered
    const names = ownNetworks(rendered)
    const settled = () => settleNetworks(this.engine, project, names)
    for (let attempt = 1; ; attempt++) {
      try {
        if (!(await settled())) {
          const first = await this.#inTurn(project, async () => {
            if (await settled()) return false
            await make()
            return true
          })
          if (first) return
        }
        return await make()
      } catch (error) {
        if (attempt >= tries || !(isAmbiguous(error) || isOvertaken(error))) throw error
      }
    }
  }
}
