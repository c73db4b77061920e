import { runPlugin } from '@infrakit/host'
import { offer } from '@infrakit/rpc'
import { flavorInterface, resolveInterface } from '@infrakit/spi'
import { readContent } from '@infrakit/template'
import { createZookeeper } from './plugin.js'

await runPlugin({
  module: import.meta.url,
  name: 'flavor-zookeeper',
  description: 'Makes instances the members of a ZooKeeper ensemble, and asks them whether they serve',
  async start({ pluginsDir }) {
    const flavor = createZookeeper({ read: (url, signal) => readContent(url, { pluginsDir, signal }) })
    return { offers: [offer(flavorInterface, flavor), offer(resolveInterface, flavor)] }
  },
})
