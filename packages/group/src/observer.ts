import { tag, type InstanceDescription } from '@infrakit/spi'
import { observe, type Acting } from './act.js'
import { Follower } from './follower.js'
import type { Membership } from './membership.js'
import { once } from './once.js'
import type { Operations } from './operations.js'
import type { Pace } from './pace.js'
import type { FlavorPort, Ports } from './ports.js'
import type { Target } from './target.js'

/** Sees the members of one group through its instance plugin: lists them, and hears when that is worth doing. */
export class Observer {
  #observed: readonly InstanceDescription[] = []
  #leaving: ReadonlySet<string> = new Set()
  readonly #instance: Follower
  readonly #flavor: Follower
  #stopped = false

  constructor(
    private readonly group: string,
    private readonly ports: Ports,
    private readonly operations: Operations,
    private readonly members: Membership,
    private readonly pace: Pace,
    hints: {
      /** The instance plugin tells of a change. */
      readonly changed: () => void
      /** The flavor tells that what it says of a member may have changed; without an ID, of any. */
      readonly judged: (id?: string) => void
    },
  ) {
    this.#instance = new Follower(() => hints.changed())
    this.#flavor = new Follower((id) => hints.judged(id))
  }

  /** What the last look saw. */
  get observed(): readonly InstanceDescription[] {
    return this.#observed
  }

  /** Members that were being destroyed as the last look began. */
  get leaving(): ReadonlySet<string> {
    return this.#leaving
  }

  /** Whether events tell of changes. */
  get hasEvents(): boolean {
    return this.#instance.hasEvents
  }

  /** Looks, and answers what acting on it takes. Throws when the plugin cannot be asked: then nothing new is known. */
  async look(target: Target): Promise<Acting> {
    const { clock, log } = this.ports
    const instance = await this.ports.instance(target.instance.Plugin)
    this.#instance.follow(target.instance.Plugin, instance)
    const destroys = this.operations.inFlight.filter(({ kind }) => kind === 'destroy')
    this.#leaving = new Set(destroys.flatMap(({ instance }) => instance ?? []))
    const forget = this.operations.beforeObservation()
    const began = clock.now()
    const listing = await observe(this.group, { instance })
    forget(new Set(listing.Descriptions.map(({ Tags }) => Tags?.[tag.provision])))
    this.#observed = this.members.seen(listing, target.settings, began, clock.now())
    const flavor = once(() => this.#findFlavor(target.flavor.Plugin))
    return { group: this.group, target, instance, flavor, log }
  }

  /** A listing for somebody who is waiting; what the last look saw, and not `complete`, where it cannot be had soon. */
  async list(target: Target): Promise<{ listed: readonly InstanceDescription[]; complete: boolean }> {
    try {
      const instance = await this.ports.instance(target.instance.Plugin)
      const { Descriptions, Unreachable } = await observe(this.group, { instance }, this.pace.worthWaiting)
      return { listed: Descriptions, complete: !Unreachable?.length }
    } catch {
      return { listed: this.#observed, complete: false }
    }
  }

  /** Hears of nothing any more. */
  stop(): void {
    this.#stopped = true
    this.#instance.stop()
    this.#flavor.stop()
  }

  async #findFlavor(name: string): Promise<FlavorPort> {
    const flavor = await this.ports.flavor(name)
    if (!this.#stopped) this.#flavor.follow(name, flavor)
    return flavor
  }
}
