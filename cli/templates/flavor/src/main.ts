import { runPlugin } from '@infrakit/host'
import { offer } from '@infrakit/rpc'
import { flavorInterface } from '@infrakit/spi'
import { createPlugin } from './plugin.js'

await runPlugin({
  module: import.meta.url,
  name: '{{name}}',
  description: 'Runs {{name}} on instances',
  async start() {
    return { offers: [offer(flavorInterface, createPlugin())] }
  },
})
