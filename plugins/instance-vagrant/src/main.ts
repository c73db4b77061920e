import { join, resolve } from 'node:path'
import { millisecondsOf, runPlugin } from '@infrakit/host'
import { findProgram } from '@infrakit/programs'
import { offerInstances } from '@infrakit/rpc'
import { createVagrantPlugin } from './plugin.js'

await runPlugin<{ dir?: string; vagrant: string; pollInterval: string }>({
  module: import.meta.url,
  name: 'instance-vagrant',
  description: 'Makes instances that are machines of Vagrant',
  fence: true,
  events: true,
  options: (command) =>
    void command
      .option('--dir <folder>', 'where the instances are kept (default: $INFRAKIT_HOME/vagrant)')
      .option('--vagrant <program>', 'name or path of the program', 'vagrant')
      .option('--poll-interval <duration>', 'how often it is looked whether machines run; 0s: never', '5s'),
  async start({ options, home, log, events }) {
    const dir = resolve(options.dir ?? join(home, 'vagrant'))
    const program = findProgram(options.vagrant, process.env['PATH'] ?? '', process.cwd(), '--vagrant')
    const pollInterval = millisecondsOf(options.pollInterval, '--poll-interval')
    const publish = (event: Parameters<typeof events.publish>[0]) => events.publish(event)
    const plugin = await createVagrantPlugin({ dir, program, pollInterval, log, publish })
    return { offers: offerInstances(plugin), stop: () => plugin.stop() }
  },
})
