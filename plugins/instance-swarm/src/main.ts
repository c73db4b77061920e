import { defaultPorts, portsOf } from '@infrakit/containers'
import { findEngine, openEngine } from '@infrakit/docker'
import { runPlugin } from '@infrakit/host'
import { offerInstances } from '@infrakit/rpc'
import { createSwarmPlugin } from './plugin.js'

await runPlugin<{ host: string[]; ports?: string; namespace?: string }>({
  module: import.meta.url,
  name: 'instance-swarm',
  description: 'Makes instances that are services of a Docker swarm',
  fence: true,
  events: true,
  options: (command) =>
    void command
      .option(
        '--host <address>',
        'a manager: unix:///path, tcp://host:port or ssh://user@host; again for others, which are asked when it is away (default: the one that docker uses)',
        (one: string, all: string[]) => [...all, one],
        [],
      )
      .option('--ports <range>', `ports of nodes to publish at (default: ${defaultPorts.first}-${defaultPorts.last})`)
      .option(
        '--namespace <name>',
        "whose services they are; plugins that share a swarm need different ones (default: the plugin's name)",
      ),
  async start({ name, options, log, events, signal }) {
    const ports = portsOf(options)
    const hosts = options.host.length > 0 ? options.host : [undefined]
    const addresses = await Promise.all(hosts.map((host) => findEngine(host === undefined ? {} : { host })))
    const engines = await Promise.all(addresses.map((address) => openEngine(address)))
    const plugin = await createSwarmPlugin({
      engines,
      owner: options.namespace ?? name,
      ports,
      publish: events.publish.bind(events),
      log,
      signal,
    })
    return { offers: offerInstances(plugin), stop: async () => engines.forEach((engine) => engine.close()) }
  },
})
