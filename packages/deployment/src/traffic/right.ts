import type { FenceToken } from '@infrakit/spi'
import type { Ports } from '../ports.js'
import { Tenure } from '../tenure.js'

/**
 * By what right a service is changed at this moment: that of the deployment that goes on; else the lease is taken for a moment
 * when something has to be changed, and its epoch is good until somebody else changes the service.
 */
export class Right {
  #tenure: Tenure | undefined
  #fence: FenceToken | undefined
  #taking: Promise<FenceToken> | undefined

  constructor(
    private readonly service: string,
    private readonly ports: Ports,
    private readonly owner: string,
  ) {}

  /** Whether a deployment goes on in this process. */
  get isDeploying(): boolean {
    return this.#tenure !== undefined
  }

  /** Takes the lease for a deployment. Throws `conflict` while somebody else has it. */
  async enter(reason: string): Promise<Tenure> {
    this.#tenure = await this.#acquire(reason)
    this.#fence = this.#tenure.fence
    return this.#tenure
  }

  /** The deployment has ended, or is no longer ours. Answers whether it was the one that went on. */
  leave(tenure: Tenure): boolean {
    if (this.#tenure !== tenure) return false
    this.#tenure = undefined
    return true
  }

  /** Somebody else has changed the service since. */
  doubt(): void {
    if (!this.#tenure) this.#fence = undefined
  }

  /** With what changes are made now. Throws when there is no right to any. */
  async token(): Promise<FenceToken> {
    if (this.#tenure) {
      this.#tenure.require()
      return this.#tenure.fence
    }
    if (this.#fence) return this.#fence
    // Several who need it at once get the same one.
    this.#taking ??= this.#take().finally(() => (this.#taking = undefined))
    return this.#taking
  }

  async #take(): Promise<FenceToken> {
    const tenure = await this.#acquire('keeps its traffic')
    this.#fence = tenure.fence
    await tenure.release()
    return this.#fence
  }

  async #acquire(reason: string): Promise<Tenure> {
    const { clock, log, leaseSeconds: seconds } = this.ports
    const { registry } = await this.ports.registry()
    return Tenure.acquire({ registry, service: this.service, owner: this.owner, reason, seconds, clock, log })
  }
}
