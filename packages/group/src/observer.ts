import { tag, type InstanceDescription } from '@infrakit/spi'
import { observe, type Acting } from './act.js'
import type { Membership } from './membership.js'
import { once } from './once.js'
import type { Operations } from './operations.js'
import type { Pace } from './pace.js'
import type { InstancePort, Ports } from './ports.js'
import type { Target } from './target.js'

interface Subscription {
  readonly plugin: string
  readonly site: unknown
  readonly events: boolean
  readonly abort: AbortController
}

/** Sees the members of one group through its instance plugin: lists them, and hears when that is worth doing. */
export class Observer {
  #observed: readonly InstanceDescription[] = []
  #leaving: ReadonlySet<string> = new Set()
  #subscription: Subscription | undefined

  /** @param hint called when the plugin tells of a change */
  constructor(
    private readonly group: string,
    private readonly ports: Ports,
    private readonly operations: Operations,
    private readonly members: Membership,
    private readonly pace: Pace,
    private readonly hint: () => void,
  ) {}

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
    return this.#subscription?.events ?? false
  }

  /** Looks, and answers what acting on it takes. Throws when the plugin cannot be asked: then nothing new is known. */
  async look(target: Target): Promise<Acting> {
    const { clock, log } = this.ports
    const instance = await this.ports.instance(target.instance.Plugin)
    this.#follow(target.instance.Plugin, instance)
    const destroys = this.operations.inFlight.filter(({ kind }) => kind === 'destroy')
    this.#leaving = new Set(destroys.flatMap(({ instance }) => instance ?? []))
    const forget = this.operations.beforeObservation()
    const began = clock.now()
    const listing = await observe(this.group, { instance })
    forget(new Set(listing.Descriptions.map(({ Tags }) => Tags?.[tag.provision])))
    this.#observed = this.members.seen(listing, began, clock.now())
    const flavor = once(() => this.ports.flavor(target.flavor.Plugin))
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
    this.#subscription?.abort.abort()
  }

  /** Subscribes to the plugin's events, once per plugin and place where it is served. */
  #follow(plugin: string, { watch, site }: InstancePort): void {
    const events = watch !== undefined
    const { plugin: last, events: had, site: at } = this.#subscription ?? {}
    if (last === plugin && had === events && at === site) return
    this.stop()
    const abort = new AbortController()
    this.#subscription = { plugin, site, events, abort }
    watch?.(this.hint, abort.signal)
  }
}
