import { runPlugin } from '@infrakit/host'
import { offer } from '@infrakit/rpc'
import { registryInterface } from '@infrakit/spi'
import { createRegistry } from './plugin.js'

await runPlugin({
  module: import.meta.url,
  name: 'registry-embedded',
  description: 'Keeps keys, leases and services, on this machine, in an embedded database',
  fence: true,
  events: true,
  async start({ useState, log, events }) {
    const dir = await useState()
    const { registry, stop } = await createRegistry({ dir, log, publish: (event) => events.publish(event) })
    return { offers: [offer(registryInterface, registry)], stop }
  },
})
