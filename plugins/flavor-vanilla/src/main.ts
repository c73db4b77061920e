import { runPlugin } from '@infrakit/host'
import { offer } from '@infrakit/rpc'
import { flavorInterface, resolveInterface } from '@infrakit/spi'
import { readContent } from '@infrakit/template'
import { HealthProbes } from './health-probes.js'
import { createVanilla } from './plugin.js'

await runPlugin({
  module: import.meta.url,
  name: 'flavor-vanilla',
  description: 'Adds commands, tags and attachments to instances, probes their health and drains them',
  events: true,
  async start({ pluginsDir, events }) {
    const probes = new HealthProbes({
      changed: ({ ID }) => events.publish({ Topic: 'health', Type: 'changed', ID, Message: `${ID} is judged anew` }),
    })
    const vanilla = createVanilla({ read: (url, signal) => readContent(url, { pluginsDir, signal }), probes })
    return {
      offers: [offer(flavorInterface, vanilla), offer(resolveInterface, vanilla)],
      stop: async () => probes.stop(),
    }
  },
})
