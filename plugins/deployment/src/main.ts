import { millisecondsOf, runPlugin } from '@infrakit/host'
import { startDeployments } from './plugin.js'

await runPlugin<{ registry?: string; lease: string }>({
  module: import.meta.url,
  name: 'deployment',
  description: 'Brings releases of services into the world, all or nothing, and keeps their traffic',
  events: true,
  options: (command) =>
    void command
      .option('--registry <name>', 'the registry plugin in which all is recorded (default: the only one that runs)')
      .option('--lease <duration>', 'how long the right to change a service is good when its owner is silent', '15s'),
  start: (context) => startDeployments(context, millisecondsOf(context.options.lease, '--lease') / 1000),
})
