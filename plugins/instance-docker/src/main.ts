import { join } from 'node:path'
import { connect } from '@infrakit/docker'
import { runPlugin } from '@infrakit/host'
import { offer } from '@infrakit/rpc'
import { instanceInterface, jobInterface, lifecycleInterface, logsInterface, resolveInterface } from '@infrakit/spi'
import { defaultPorts, HostPorts, parsePortRange } from './host-ports.js'
import { Overlay } from './overlay.js'
import { createDockerPlugin, removeLeftovers } from './plugin.js'

await runPlugin<{ ports?: string; namespace?: string; endpointHost?: string }>({
  module: import.meta.url,
  name: 'instance-docker',
  description: 'Makes instances that are containers',
  fence: true,
  events: true,
  options: (command) =>
    void command
      .option(
        '--ports <range>',
        `ports of the host to publish at (default: ${defaultPorts.first}-${defaultPorts.last})`,
      )
      .option(
        '--namespace <name>',
        "whose containers they are; plugins that share an engine need different ones (default: the plugin's name)",
      )
      .option('--endpoint-host <host>', "by which published ports are reached (default: the engine's host)"),
  async start({ name, options, useState, log, events, signal }) {
    const engine = await connect()
    const all = {
      engine,
      owner: options.namespace ?? name,
      overlay: await Overlay.open(join(await useState(), 'notes')),
      ports: new HostPorts(options.ports ? parsePortRange(options.ports) : defaultPorts, Math.random),
      endpointHost: options.endpointHost ?? ('host' in engine.address ? engine.address.host : '127.0.0.1'),
      publish: events.publish.bind(events),
      log,
      signal,
    }
    await removeLeftovers(all)
    const { instance, lifecycle, logs, job, resolve } = createDockerPlugin(all)
    return {
      offers: [
        offer(instanceInterface, instance),
        offer(lifecycleInterface, lifecycle),
        offer(logsInterface, logs),
        offer(jobInterface, job),
        offer(resolveInterface, resolve),
      ],
      stop: async () => engine.close(),
    }
  },
})
