import { join } from 'node:path'
import { runPlugin } from '@infrakit/host'
import { offerInstances } from '@infrakit/rpc'
import { portRange } from './ports.js'
import { createProcessPlugin } from './plugin.js'

await runPlugin<{ dir?: string; ports: string }>({
  module: import.meta.url,
  name: 'instance-process',
  description: 'Makes instances that are groups of processes on this machine',
  fence: true,
  events: true,
  options: (command) =>
    void command
      .option('--dir <folder>', 'where the instances are kept (default: $INFRAKIT_HOME/processes)')
      .option('--ports <from-to>', 'the ports from which free ones are chosen', '20000-32767'),
  async start({ options, home, log, events }) {
    const dir = options.dir ?? join(home, 'processes')
    const publish = (event: Parameters<typeof events.publish>[0]) => events.publish(event)
    const plugin = await createProcessPlugin({ dir, range: portRange(options.ports), log, publish })
    return { offers: offerInstances(plugin), stop: () => plugin.stop() }
  },
})
