import { join, resolve } from 'node:path'
import { millisecondsOf, runPlugin } from '@infrakit/host'
import { findProgram } from '@infrakit/programs'
import { offerInstances } from '@infrakit/rpc'
import { createTerraformPlugin } from './plugin.js'

interface Flags {
  readonly dir?: string
  readonly terraform: string
  readonly pollInterval: string
  readonly lockTimeout: string
}

await runPlugin<Flags>({
  module: import.meta.url,
  name: 'instance-terraform',
  description: 'Makes instances that are resources of Terraform',
  fence: true,
  events: true,
  options: (command) =>
    void command
      .option('--dir <folder>', 'the folder of the configuration (default: $INFRAKIT_HOME/terraform)')
      .option('--terraform <program>', 'name or path of the program', 'terraform')
      .option(
        '--poll-interval <duration>',
        'how often it is looked whether resources are still there; 0s: never',
        '30s',
      )
      .option('--lock-timeout <duration>', 'how long the state may be locked by somebody else', '1m'),
  async start({ options, home, log, events }) {
    const dir = resolve(options.dir ?? join(home, 'terraform'))
    const program = findProgram(options.terraform, process.env['PATH'] ?? '', process.cwd(), '--terraform')
    const pollInterval = millisecondsOf(options.pollInterval, '--poll-interval')
    const lockTimeout = Math.ceil(millisecondsOf(options.lockTimeout, '--lock-timeout') / 1000)
    const publish = (event: Parameters<typeof events.publish>[0]) => events.publish(event)
    const plugin = await createTerraformPlugin({ dir, program, pollInterval, lockTimeout, log, publish })
    return { offers: offerInstances(plugin), stop: () => plugin.stop() }
  },
})
