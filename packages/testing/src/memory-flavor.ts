import { health, type Flavor, type Health } from '@infrakit/spi'

export interface MemoryFlavor {
  readonly handlers: Flavor
  readonly calls: string[]
  /** The judgement by instance ID; healthy when there is none. */
  readonly health: Map<string, Health>
  before: (method: string, request: unknown) => void | Promise<void>
}

/** A flavor that hands specifications back as they came and judges as it is told. */
export function memoryFlavor(): MemoryFlavor {
  async function enter(method: string, request: { Instance?: { ID: string } }) {
    flavor.calls.push(request.Instance === undefined ? method : `${method} ${request.Instance.ID}`)
    await flavor.before(method, request)
  }
  const handlers: Flavor = {
    validate: (request) => enter('validate', request as object),
    async prepare(request) {
      await enter('prepare', request as object)
      return { Spec: request.Spec }
    },
    async healthy(request) {
      await enter('healthy', request)
      return { Health: flavor.health.get(request.Instance.ID) ?? health.healthy }
    },
    drain: (request) => enter('drain', request),
  }
  const flavor: MemoryFlavor = { handlers, calls: [], health: new Map(), before: () => undefined }
  return flavor
}
