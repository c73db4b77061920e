import { join } from 'node:path'
import { runPlugin } from '@infrakit/host'
import { offerInstances } from '@infrakit/rpc'
import { createFilePlugin } from './plugin.js'

await runPlugin<{ dir?: string }>({
  module: import.meta.url,
  name: 'instance-file',
  description: 'Makes instances that are files in a folder',
  fence: true,
  events: true,
  options: (command) =>
    void command.option('--dir <folder>', 'where the instances are (default: $INFRAKIT_HOME/instances)'),
  async start({ options, home, log, events }) {
    const dir = options.dir ?? join(home, 'instances')
    const plugin = await createFilePlugin({ dir, log, publish: (event) => events.publish(event) })
    return { offers: offerInstances(plugin), stop: async () => plugin.stop() }
  },
})
