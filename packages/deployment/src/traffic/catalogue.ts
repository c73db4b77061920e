import type { FenceToken, Registry, ServiceEntry } from '@infrakit/spi'
import { catalogueNames } from './routes.js'

/** Keeps a service's entries in the registry's catalogue as they should be. */
export class Catalogue {
  /** What was entered or found there, as text, by ID; unknown until it was read. */
  #entered: Map<string, string> | undefined

  constructor(private readonly service: string) {}

  /** IDs of the entries that are there, as far as is known. */
  get entered(): ReadonlySet<string> {
    return new Set(this.#entered?.keys())
  }

  /** What is there is read anew before the next change. */
  doubt(): void {
    this.#entered = undefined
  }

  /** Reads what is there, unless it is known. */
  async load(registry: Registry): Promise<void> {
    if (this.#entered) return
    const lists = await Promise.all(
      catalogueNames(this.service).map(async (Name) => (await registry.services({ Name })).Services),
    )
    const own = new RegExp(`^${this.service}-\\d+\\.`)
    const services = lists.flat().filter(({ ID }) => own.test(ID))
    this.#entered = new Map(services.map((service) => [service.ID, textOf(service)]))
  }

  /** Enters what is missing or otherwise, then removes what should not be there. */
  async make(registry: Registry, desired: readonly ServiceEntry[], fence: () => Promise<FenceToken>): Promise<void> {
    await this.load(registry)
    const entered = this.#entered ?? new Map<string, string>()
    const missing = desired.filter((entry) => entered.get(entry.ID) !== textOf(entry))
    const wanted = new Set(desired.map(({ ID }) => ID))
    const surplus = [...entered.keys()].filter((id) => !wanted.has(id))
    await Promise.all(
      missing.map(async (entry) => {
        await registry.register({ Service: entry, Fence: await fence() })
        entered.set(entry.ID, textOf(entry))
      }),
    )
    await Promise.all(
      surplus.map(async (ID) => {
        await registry.deregister({ ID, Fence: await fence() })
        entered.delete(ID)
      }),
    )
  }
}

function textOf({ Name, ID, Address, Port, Tags }: ServiceEntry): string {
  return JSON.stringify([Name, ID, Address, Port, Tags ?? []])
}
