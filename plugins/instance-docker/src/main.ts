import { join } from 'node:path'
import { openEngine } from '@infrakit/docker'
import { runPlugin } from '@infrakit/host'
import { offer } from '@infrakit/rpc'
import { instanceInterface, jobInterface, lifecycleInterface, logsInterface, resolveInterface } from '@infrakit/spi'
import { defaultPorts, HostPorts, parsePortRange } from './host-ports.js'
import { Choices } from './hosts/choices.js'
import { readHosts } from './hosts/host-flags.js'
import { Host } from './hosts/host.js'
import { Intents } from './intents.js'
import { Overlay } from './overlay.js'
import { createDockerPlugin } from './plugin.js'

await runPlugin<{ host: string[]; ports?: string; namespace?: string; endpointHost?: string }>({
  module: import.meta.url,
  name: 'instance-docker',
  description: 'Makes instances that are containers',
  fence: true,
  events: true,
  options: (command) =>
    void command
      .option(
        '--host <[name=]address>',
        'an engine: unix:///path, tcp://host:port or ssh://user@host; again for each further one (default: the one that docker uses)',
        (one: string, all: string[]) => [...all, one],
        [],
      )
      .option(
        '--ports <range>',
        `ports of each host to publish at (default: ${defaultPorts.first}-${defaultPorts.last})`,
      )
      .option(
        '--namespace <name>',
        "whose containers they are; plugins that share an engine need different ones (default: the plugin's name)",
      )
      .option(
        '--endpoint-host <host>',
        'by which ports are reached that an engine on a Unix socket publishes (default: 127.0.0.1)',
      ),
  async start({ name, options, useState, log, events, signal }) {
    const range = options.ports ? parsePortRange(options.ports) : defaultPorts
    const addresses = await readHosts(options.host)
    const owner = options.namespace ?? name
    const hosts = await Promise.all(
      addresses.map(
        async (one) =>
          new Host({
            name: one.name,
            engine: await openEngine(one.address),
            owner,
            endpointHost: 'host' in one.address ? one.address.host : (options.endpointHost ?? '127.0.0.1'),
            ports: new HostPorts(range, Math.random),
          }),
      ),
    )
    const state = await useState()
    const { instance, lifecycle, logs, job, resolve } = await createDockerPlugin({
      hosts,
      owner,
      overlay: await Overlay.open(join(state, 'notes')),
      choices: await Choices.open(join(state, 'hosts')),
      intents: await Intents.open(join(state, 'intents')),
      publish: events.publish.bind(events),
      log,
      signal,
    })
    return {
      offers: [
        offer(instanceInterface, instance),
        offer(lifecycleInterface, lifecycle),
        offer(logsInterface, logs),
        offer(jobInterface, job),
        offer(resolveInterface, resolve),
      ],
      stop: async () => hosts.forEach(({ engine }) => engine.close()),
    }
  },
})
