import { join } from 'node:path'
import { Choices, containerFlags, Intents, openHost, Overlay, portsOf, type ContainerFlags } from '@infrakit/containers'
import { runPlugin } from '@infrakit/host'
import { offerInstances } from '@infrakit/rpc'
import { labels } from './create-body.js'
import { readHosts } from './hosts/host-flags.js'
import { createDockerPlugin } from './plugin.js'

await runPlugin<ContainerFlags & { readonly host: string[] }>({
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
      .option(...containerFlags.ports)
      .option(...containerFlags.namespace)
      .option(...containerFlags.endpointHost),
  async start({ name, options, useState, log, events, signal }) {
    const addresses = await readHosts(options.host)
    const owner = options.namespace ?? name
    const hosts = await Promise.all(
      addresses.map((one) =>
        openHost(one.address, options, { name: one.name, labels, owner, ports: portsOf(options) }),
      ),
    )
    const state = await useState()
    const plugin = await createDockerPlugin({
      hosts,
      owner,
      overlay: await Overlay.open(join(state, 'notes')),
      choices: await Choices.open(join(state, 'hosts')),
      intents: await Intents.open(join(state, 'intents')),
      publish: events.publish.bind(events),
      log,
      signal,
    })
    return { offers: offerInstances(plugin), stop: async () => hosts.forEach(({ engine }) => engine.close()) }
  },
})
