import { kindOf, messageOf, type Lease, type LeaseToken, type Registry } from '@infrakit/spi'
import { leaseName } from './names.js'
import type { Clock, Log } from './ports.js'

/** The lease is not, or not surely, ours any more: nothing of the deployment may be done or taken back by us. */
export class Deposed extends Error {
  override readonly name = 'Deposed'
}

export interface TenureOptions {
  readonly registry: Registry
  readonly service: string
  readonly owner: string
  readonly reason: string
  readonly seconds: number
  readonly clock: Clock
  readonly log: Log
}

/** How much of a term is left unused: calls under way and clocks that run differently. */
const margin = 0.2
/** How often it is renewed within a term. */
const renewals = 3

/** The right to change a service, renewed until it is given up or lost. */
export class Tenure {
  readonly #ended = new AbortController()
  #lease: Lease
  /** By our own clock (monotonic ms): after that somebody else may have it. */
  #goodUntil: number
  #released = false

  private constructor(
    lease: Lease,
    begun: number,
    private readonly options: TenureOptions,
  ) {
    this.#lease = lease
    this.#goodUntil = this.#until(begun)
    void this.#renew()
  }

  /** Throws `conflict` while another owner has it, and what the registry throws. */
  static async acquire(options: TenureOptions): Promise<Tenure> {
    const { registry, service, owner, reason, seconds, clock } = options
    const begun = clock.now()
    const request = { Name: leaseName(service), Owner: owner, Reason: reason, TTLSeconds: seconds }
    const { Lease } = await registry.acquire(request, { timeout: seconds * 1000 })
    return new Tenure(Lease, begun, options)
  }

  /** Aborted when it is lost or given up. */
  get signal(): AbortSignal {
    return this.#ended.signal
  }

  get token(): LeaseToken {
    return { Name: this.#lease.Name, Epoch: this.#lease.Epoch }
  }

  get fence(): { Scope: string; Epoch: number } {
    return { Scope: this.#lease.Name, Epoch: this.#lease.Epoch }
  }

  /** Throws `Deposed` when it is not surely ours. */
  require(): void {
    if (this.options.clock.now() >= this.#goodUntil) this.#lose('its term ran out before it could be renewed')
    if (this.#ended.signal.aborted) throw this.#ended.signal.reason
  }

  /** Stops acting under it and leaves it as it is: its owner's next process goes on with it. */
  abandon(): void {
    this.#ended.abort(new Deposed('this process ends'))
  }

  /** Gives it up. One that cannot be given up now runs out by itself. */
  async release(): Promise<void> {
    if (this.#released || this.#ended.signal.aborted) return
    this.#released = true
    this.#ended.abort(new Deposed('given up'))
    try {
      await this.options.registry.release(this.token)
    } catch (error) {
      this.options.log.warn({ lease: this.#lease.Name, error: messageOf(error) }, 'a lease could not be given up')
    }
  }

  #until(begun: number): number {
    return begun + this.#lease.TTLSeconds * 1000 * (1 - margin)
  }

  async #renew(): Promise<void> {
    const { registry, clock } = this.options
    const every = (this.#lease.TTLSeconds * 1000) / renewals
    while (!this.signal.aborted) {
      await clock.sleep(every, this.signal)
      if (this.signal.aborted) return
      const begun = clock.now()
      try {
        const { Lease } = await registry.renew(this.token, { timeout: every })
        this.#lease = Lease
        this.#goodUntil = this.#until(begun)
      } catch (error) {
        if (kindOf(error) === 'conflict') this.#lose(messageOf(error))
        else if (clock.now() >= this.#goodUntil) this.#lose(`the registry cannot be reached: ${messageOf(error)}`)
      }
    }
  }

  #lose(why: string): void {
    if (this.#ended.signal.aborted) return
    this.options.log.warn({ service: this.options.service, why }, 'no longer the one who changes this service')
    this.#ended.abort(new Deposed(why))
  }
}
