import { inspectContainer, listContainers, removeContainer, type Engine, type ListedContainer } from '@infrakit/docker'
import { InfrakitError, kindOf, matchesTags, type InstanceDescription, type Tags } from '@infrakit/spi'
import { isProvisional } from './container-name.js'
import { logicalIDLabel, ownerLabel, tagsLabel } from './create-body.js'
import { endpointsOf, healthOf, instanceID, stateOf } from './listed.js'
import type { Overlay } from './overlay.js'

export interface InstancesOptions {
  readonly engine: Engine
  /** Whose containers they are: the value of their `ownerLabel`. */
  readonly owner: string
  readonly overlay: Overlay
  /** By which the published ports of the engine's host are reached. */
  readonly endpointHost: string
}

/** The containers of one engine that are instances of ours. */
export class Instances {
  /** Whether a container that ended by SIGKILL was out of memory: the list does not say, and it is asked once for each. */
  readonly #outOfMemory = new Map<string, boolean>()

  /** Provisional names of what is being made right now. */
  readonly making = new Set<string>()

  constructor(private readonly options: InstancesOptions) {}

  /** All of them, those included that are still being provisioned. Throws what `listContainers` does. */
  async containers(): Promise<ListedContainer[]> {
    const { engine, owner } = this.options
    return listContainers(engine, { labels: { [ownerLabel]: owner } })
  }

  async describe(wanted: Tags | null | undefined, properties: boolean): Promise<InstanceDescription[]> {
    const listed = await this.containers()
    void this.#removeGivenUp(listed)
    const all = listed.filter(({ name }) => !isProvisional(name))
    const members = all.filter((container) => matchesTags(this.tags(container), wanted))
    return Promise.all(members.map((container) => this.#describe(container, properties)))
  }

  /**
   * Removes what was being made when the engine went away, so that it could not be undone. By its name: one that is
   * called otherwise meanwhile has become an instance.
   */
  async #removeGivenUp(listed: readonly ListedContainer[]): Promise<void> {
    for (const { name } of listed) {
      if (!isProvisional(name) || this.making.has(name)) continue
      // Whatever fails here is seen again.
      await removeContainer(this.options.engine, name).catch(() => undefined)
    }
  }

  tags(container: ListedContainer): Tags {
    return this.options.overlay.tags(instanceID(container), madeWith(container))
  }

  /** The container behind an instance's ID. Throws `not-found`, also for a container that is not ours. */
  async find(id: string): Promise<ListedContainer> {
    const found = (await this.containers()).find((one) => instanceID(one) === id && !isProvisional(one.name))
    if (found) return found
    throw new InfrakitError('not-found', `no instance '${id}'`, {
      hint: '`infrakit instance describe` lists those that there are.',
    })
  }

  async #describe(container: ListedContainer, withProperties: boolean): Promise<InstanceDescription> {
    const { overlay, endpointHost } = this.options
    const ID = instanceID(container)
    const known = { parked: overlay.parked(ID), outOfMemory: await this.#wasOutOfMemory(container) }
    const health = healthOf(container)
    const Properties = {
      Name: container.name,
      Image: container.image,
      Endpoints: endpointsOf(container, endpointHost),
      ...(health ? { Health: health } : {}),
    }
    return {
      ID,
      LogicalID: container.labels[logicalIDLabel] ?? null,
      Tags: this.tags(container),
      ...(withProperties ? { Properties } : {}),
      ...stateOf(container, known),
    }
  }

  async #wasOutOfMemory({ id, status }: ListedContainer): Promise<boolean> {
    if (!/^Exited \(137\)/.test(status)) return false
    const known = this.#outOfMemory.get(id)
    if (known !== undefined) return known
    try {
      const { outOfMemory } = await inspectContainer(this.options.engine, id)
      this.#outOfMemory.set(id, outOfMemory)
      return outOfMemory
    } catch (error) {
      // It has gone since it was listed.
      if (kindOf(error) === 'not-found') return false
      throw error
    }
  }

  /** Forgets a container that is gone. */
  forget(id: string): void {
    this.#outOfMemory.delete(id)
  }
}

/** The tags that a container was made with. */
function madeWith({ labels }: ListedContainer): Tags {
  return JSON.parse(labels[tagsLabel] ?? '{}') as Tags
}
