import type { FoundPlugin } from '@infrakit/discovery'
import { createClient } from '@infrakit/rpc/client'
import { messageOf } from '@infrakit/spi'

export interface Probe {
  /** `Instance/0.5.0`, ...; `null` when it did not answer. */
  readonly interfaces: readonly string[] | null
  readonly error: string | null
}

/** Asks a plugin what it offers; one that does not answer (for 2 s) is an answer too. */
export async function probePlugin({ name, address }: FoundPlugin): Promise<Probe> {
  const client = createClient(address, { name })
  try {
    const { objects } = await client.handshake({ timeout: 2000 })
    return { interfaces: [...new Set(objects.map((one) => `${one.name}/${one.version}`))], error: null }
  } catch (error) {
    return { interfaces: null, error: messageOf(error) }
  } finally {
    client.close()
  }
}
