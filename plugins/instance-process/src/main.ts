import { join } from 'node:path'
import { runPlugin } from '@infrakit/host'
import { offer } from '@infrakit/rpc'
import { instanceInterface, jobInterface, lifecycleInterface, logsInterface } from '@infrakit/spi'
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
    return {
      offers: [
        offer(instanceInterface, plugin.instance),
        offer(lifecycleInterface, plugin.lifecycle),
        offer(logsInterface, plugin.logs),
        offer(jobInterface, plugin.job),
      ],
      stop: () => plugin.stop(),
    }
  },
})
