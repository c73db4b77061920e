import { listPlugins, type FoundPlugin } from '@infrakit/discovery'
import { createClient } from '@infrakit/rpc/client'
import { kindOf } from '@infrakit/spi'

/** How long a plugin has to answer before it counts as not answering (ms). */
const patience = 2000

/** Whether somebody answers at the plugin's address; asked anew each time. */
export async function answers({ name, address }: FoundPlugin): Promise<boolean> {
  const client = createClient(address, { name })
  try {
    await client.handshake({ timeout: patience })
    return true
  } catch (error) {
    if (kindOf(error) === 'unavailable' || kindOf(error) === 'timeout') return false
    throw error
  } finally {
    client.close()
  }
}

export async function findByName(pluginsDir: string, name: string): Promise<FoundPlugin | undefined> {
  return (await listPlugins(pluginsDir)).find((plugin) => plugin.name === name)
}
