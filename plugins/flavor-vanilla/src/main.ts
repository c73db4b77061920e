import { runPlugin } from '@infrakit/host'
import { offer } from '@infrakit/rpc'
import { flavorInterface, resolveInterface } from '@infrakit/spi'
import { readContent } from './content.js'
import { createVanilla } from './plugin.js'

await runPlugin({
  module: import.meta.url,
  name: 'flavor-vanilla',
  description: 'Adds commands, tags and attachments to instances',
  async start({ pluginsDir }) {
    const vanilla = createVanilla({ read: (url, signal) => readContent(url, { pluginsDir, signal }) })
    return { offers: [offer(flavorInterface, vanilla), offer(resolveInterface, vanilla)] }
  },
})
