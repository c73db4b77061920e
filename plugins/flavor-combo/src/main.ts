import { runPlugin } from '@infrakit/host'
import { offer } from '@infrakit/rpc'
import { flavorInterface, resolveInterface } from '@infrakit/spi'
import { pluginFlavors } from './flavors.js'
import { createCombo } from './plugin.js'

await runPlugin({
  module: import.meta.url,
  name: 'flavor-combo',
  description: 'Combines other flavors',
  async start({ name, plugins }) {
    const combo = createCombo({ name, flavors: pluginFlavors(plugins) })
    return { offers: [offer(flavorInterface, combo), offer(resolveInterface, combo)] }
  },
})
