import { inspectContainer, removeContainer, type ListedContainer } from '@infrakit/docker'
import {
  InfrakitError,
  kindOf,
  matchesTags,
  tag,
  type DescribeInstancesResult,
  type InstanceDescription,
  type Tags,
} from '@infrakit/spi'
import type { Choices } from './choices.js'
import type { Hosts, Listing, Placed } from './hosts.js'
import type { Intents } from './intents.js'
import type { ContainerLabels } from './labels.js'
import { endpointsOf, healthOf, instanceID, stateOf } from './listed.js'
import type { Overlay } from './overlay.js'

export interface InstancesOptions {
  readonly labels: ContainerLabels
  readonly hosts: Hosts
  readonly overlay: Overlay
  /** Where there may be several hosts. */
  readonly choices?: Choices
  readonly intents: Intents
  /** What is told of an instance beside what all have. */
  readonly details?: (container: ListedContainer) => object
  readonly log: { info(fields: object, message: string): void }
}

/** The containers that are instances of ours. */
export class Instances {
  /** Whether a container that ended by SIGKILL was out of memory: the list does not say, and it is asked once for each. */
  readonly #outOfMemory = new Map<string, boolean>()

  constructor(private readonly options: InstancesOptions) {}

  /** All containers of ours, those included that are being provisioned or are left over. */
  async all(): Promise<Listing> {
    const { hosts, intents, labels } = this.options
    // Asked first: what was noted before the list was made, and is not on it, is gone for good.
    const idle = intents.idle()
    const listing = await hosts.list()
    if (listing.unreachable.length > 0) return listing
    const there = new Set(listing.placed.map(({ container }) => container.labels[labels.intent]))
    const gone = idle.filter((intent) => !there.has(intent))
    // What cannot be forgotten now is tried again by the next look.
    void Promise.all(gone.map((intent) => intents.forget(intent))).catch(() => undefined)
    return listing
  }

  /**
   * All that there are on hosts that can be reached. What looks like one and is nobody's is removed meanwhile. Throws what
   * `Hosts.list` does.
   */
  async list(): Promise<Listing> {
    const { placed, unreachable } = await this.all()
    const leftOver = new Set(placed.filter((one) => this.#isLeftOver(one)))
    void Promise.all([...leftOver].map((one) => this.#remove(one)))
    return { placed: placed.filter((one) => !leftOver.has(one)), unreachable }
  }

  /** Whatever fails here is seen again. */
  async #remove({ host, container: { id, name, labels } }: Placed): Promise<void> {
    const { intents, log, labels: names } = this.options
    const intent = labels[names.intent] ?? ''
    if (intents.isUnderWay(intent)) return
    try {
      await removeContainer(host.engine, id)
      await intents.forget(intent)
      log.info({ host: host.name, container: id.slice(0, 12), name }, 'removed what was left half done')
    } catch {
      // The engine's reason is told by the calls that somebody waits for.
    }
  }

  /** Whether it is not yet, or never became, an instance, or another one was made in its place while its host was away. */
  #isLeftOver({ host, container }: Placed): boolean {
    // Never started, so it never was one; its creation may have been given up before the engine had done it.
    if (container.state === 'created') return true
    const { intents, choices, labels } = this.options
    if (intents.has(container.labels[labels.intent] ?? '')) return true
    const chosen = choices?.hostOf(this.tags(container)[tag.provision] ?? '')
    return chosen !== undefined && chosen !== host.name
  }

  async describe(wanted: Tags | null | undefined, properties: boolean): Promise<DescribeInstancesResult> {
    const { placed, unreachable } = await this.list()
    const members = placed.filter(({ container }) => matchesTags(this.tags(container), wanted))
    const Descriptions = await Promise.all(members.map((one) => this.#describe(one, properties)))
    return { Descriptions, ...(unreachable.length > 0 ? { Unreachable: [...unreachable] } : {}) }
  }

  tags(container: ListedContainer): Tags {
    return this.options.overlay.tags(instanceID(container), this.#madeWith(container))
  }

  /**
   * The container behind an instance's ID. Throws `not-found`, also for a container that is not ours; `unavailable` when it
   * may be on a host that cannot be reached.
   */
  async find(id: string): Promise<Placed> {
    const { placed, unreachable } = await this.list()
    const found = placed.find(({ container }) => instanceID(container) === id)
    if (found) return found
    const away = unreachable.map(({ Host }) => Host).join(', ')
    if (away !== '') {
      throw new InfrakitError('unavailable', `cannot look for instance '${id}' on ${away}, which cannot be reached`, {
        hint: 'It is on none of the other hosts. Try again when that one is back.',
      })
    }
    throw new InfrakitError('not-found', `no instance '${id}'`, {
      hint: '`infrakit instance describe` lists those that there are.',
    })
  }

  async #describe(placed: Placed, withProperties: boolean): Promise<InstanceDescription> {
    const { host, container } = placed
    const { overlay, hosts, labels, details } = this.options
    const ID = instanceID(container)
    const known = { parked: overlay.parked(ID), outOfMemory: await this.#wasOutOfMemory(placed) }
    const health = healthOf(container)
    const Properties = {
      Name: container.name,
      ...(hosts.several ? { Host: host.name } : {}),
      Image: container.image,
      ...details?.(container),
      Endpoints: endpointsOf(container, host.endpointHost),
      ...(health ? { Health: health } : {}),
    }
    return {
      ID,
      LogicalID: container.labels[labels.logicalID] ?? null,
      Tags: this.tags(container),
      ...(withProperties ? { Properties } : {}),
      ...stateOf(container, known),
    }
  }

  async #wasOutOfMemory({ host, container: { id, status, outpacesList } }: Placed): Promise<boolean> {
    if (!/^Exited \(137\)/.test(status)) return false
    if (outpacesList || host.ends.wasOutOfMemory(id)) return host.ends.wasOutOfMemory(id)
    const known = this.#outOfMemory.get(id)
    if (known !== undefined) return known
    try {
      const { outOfMemory } = await inspectContainer(host.engine, id)
      this.#outOfMemory.set(id, outOfMemory)
      return outOfMemory
    } catch (error) {
      // It has gone since it was listed.
      if (kindOf(error) === 'not-found') return false
      throw error
    }
  }

  /** Forgets a container that is gone for good. Throws `StoreError`. */
  async forget(container: ListedContainer): Promise<void> {
    const { overlay, choices } = this.options
    this.#outOfMemory.delete(container.id)
    const key = this.tags(container)[tag.provision]
    if (key) await choices?.forget(key)
    await overlay.forget(instanceID(container))
  }

  /** The tags that a container was made with. */
  #madeWith({ labels }: ListedContainer): Tags {
    return JSON.parse(labels[this.options.labels.tags] ?? '{}') as Tags
  }
}
