import { setTimeout as sleep } from 'node:timers/promises'
import { InfrakitError, messageOf, type Unreachable } from '@infrakit/spi'
import type { OwnContainer } from './ends.js'
import type { Host } from './host.js'

/** A container and where it is. */
export interface Placed {
  readonly host: Host
  readonly container: OwnContainer
}

export interface Listing {
  readonly placed: readonly Placed[]
  readonly unreachable: readonly Unreachable[]
}

/** How often a host that is away is asked whether it is back (ms). */
const returnCheckMs = 1000

/** The engines of one plugin, one of them or several. */
export class Hosts {
  readonly #watched = new Set<Host>()

  /**
   * @param onReturn called when one of several answers again
   * @param signal aborted when the plugin ends
   */
  constructor(
    readonly all: readonly Host[],
    private readonly onReturn: (host: Host) => void,
    private readonly signal: AbortSignal,
  ) {}

  get several(): boolean {
    return this.all.length > 1
  }

  /**
   * Lists the containers of all hosts. One of several that is away is not waited for, and told. Throws when none can be
   * listed.
   */
  async list(): Promise<Listing> {
    const placed: Placed[] = []
    const unreachable: Unreachable[] = []
    const listings = await Promise.allSettled(this.all.map((host) => this.#containers(host)))
    for (const [at, host] of this.all.entries()) {
      const listing = listings[at]
      if (listing?.status === 'fulfilled') placed.push(...listing.value.map((container) => ({ host, container })))
      else unreachable.push({ Host: host.name, Since: (host.away?.since ?? new Date()).toISOString() })
    }
    if (unreachable.length === this.all.length) throw this.#none(listings)
    return { placed, unreachable }
  }

  /** Those that answered the last time. Throws when there are none. */
  reachable(): Host[] {
    const there = this.all.filter(({ away }) => !away)
    if (there.length > 0 || !this.several) return there.length > 0 ? there : [...this.all]
    throw this.#none(this.all.map(({ away }) => ({ status: 'rejected', reason: away?.reason })))
  }

  async #containers(host: Host): Promise<OwnContainer[]> {
    if (!this.several) return host.containers()
    try {
      if (host.away) throw host.away.reason
      return await host.containers()
    } catch (error) {
      void this.#awaitReturn(host)
      throw error
    }
  }

  async #awaitReturn(host: Host): Promise<void> {
    if (this.#watched.has(host)) return
    this.#watched.add(host)
    while (host.away && !this.signal.aborted) {
      await sleep(returnCheckMs, undefined, { signal: this.signal, ref: false }).catch(() => undefined)
      if (!this.signal.aborted) await host.containers().catch(() => undefined)
    }
    this.#watched.delete(host)
    if (!this.signal.aborted) this.onReturn(host)
  }

  #none(outcomes: readonly PromiseSettledResult<unknown>[]): unknown {
    const reasons = outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []))
    if (!this.several) return reasons[0]
    const each = this.all.map(({ name }, at) => `${name}: ${messageOf(reasons[at])}`)
    return new InfrakitError('unavailable', `none of the hosts can be reached: ${each.join('; ')}`, {
      hint: 'Look whether the engines run, and whether this machine reaches them.',
    })
  }
}
