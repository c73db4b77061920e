import { join } from 'node:path'
import {
  containerFlags,
  Intents,
  openHost,
  Overlay,
  portsOf,
  usualName,
  type ContainerFlags,
} from '@infrakit/containers'
import { findEngine } from '@infrakit/docker'
import { runPlugin } from '@infrakit/host'
import { offerInstances } from '@infrakit/rpc'
import { Compose } from './compose/compose.js'
import { findCompose } from './compose/program.js'
import { labels } from './labels.js'
import { createComposePlugin } from './plugin.js'

await runPlugin<ContainerFlags & { readonly host?: string; readonly compose?: string }>({
  module: import.meta.url,
  name: 'instance-compose',
  description: 'Makes instances that are replicas of a service of a Compose project',
  fence: true,
  events: true,
  options: (command) =>
    void command
      .option(
        '--host <address>',
        'the engine: unix:///path, tcp://host:port or ssh://user@host (default: the one that docker uses)',
      )
      .option('--compose <program>', 'Compose (default: docker compose, else docker-compose)')
      .option(...containerFlags.ports)
      .option(...containerFlags.namespace)
      .option(...containerFlags.endpointHost),
  async start({ name, options, useState, log, events, signal }) {
    const ports = portsOf(options)
    const program = await findCompose(options.compose)
    log.info({ compose: program.argv.join(' '), version: program.version }, 'uses Compose')
    const address = await findEngine({ host: options.host })
    const owner = options.namespace ?? name
    const host = await openHost(address, options, { name: usualName(address), labels, owner, ports })
    const state = await useState()
    const plugin = await createComposePlugin({
      host,
      owner,
      compose: new Compose({ program, host: options.host, env: process.env, log }),
      overlay: await Overlay.open(join(state, 'notes')),
      intents: await Intents.open(join(state, 'intents')),
      publish: events.publish.bind(events),
      log,
      signal,
    })
    return { offers: offerInstances(plugin), stop: async () => host.engine.close() }
  },
})
