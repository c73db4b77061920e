import { join } from 'node:path'
import { runPlugin } from '@infrakit/host'
import { offer } from '@infrakit/rpc'
import { instanceInterface } from '@infrakit/spi'
import { openCloud } from './cloud.js'
import { createPlugin } from './plugin.js'

await runPlugin<{ dir?: string }>({
  module: import.meta.url,
  name: '{{name}}',
  description: 'Makes instances in {{name}}',
  // YOUR CLOUD: the flags that it takes, such as a region. A secret is read from a file, never from a flag.
  options: (command) =>
    void command.option('--dir <folder>', 'where the machines are (default: $INFRAKIT_HOME/{{name}})'),
  async start({ options, home }) {
    const cloud = await openCloud(options.dir ?? join(home, '{{name}}'))
    return { offers: [offer(instanceInterface, createPlugin(cloud))] }
  },
})
