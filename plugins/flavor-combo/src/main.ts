import { runPlugin } from '@infrakit/host'
import { offer } from '@infrakit/rpc'
import { flavorInterface, resolveInterface } from '@infrakit/spi'
import { pluginFlavors } from './flavors.js'
import { createForwarder } from './forwarder.js'
import { createCombo } from './plugin.js'

await runPlugin({
  module: import.meta.url,
  name: 'flavor-combo',
  description: 'Combines other flavors',
  events: true,
  async start({ name, plugins, events, signal }) {
    const asked = createForwarder({ name, plugins, publish: (event) => events.publish(event), signal })
    const combo = createCombo({ name, flavors: pluginFlavors(plugins), asked })
    return { offers: [offer(flavorInterface, combo), offer(resolveInterface, combo)] }
  },
})
