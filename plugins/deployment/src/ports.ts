import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Ports } from '@infrakit/deployment'
import { failpoint, type PluginContext } from '@infrakit/host'
import { parseJson, stringifyJson } from '@infrakit/rpc'
import {
  eventInterface,
  fenceInterface,
  flavorInterface,
  groupInterface,
  instanceInterface,
  jobInterface,
  lifecycleInterface,
  logsInterface,
  proxyInterface,
  registryInterface,
  prepareInterface,
  resolveInterface,
  type InterfaceDefinition,
} from '@infrakit/spi'
import {
  fenceSchemas,
  flavorSchemas,
  groupSchemas,
  instanceSchemas,
  jobSchemas,
  lifecycleSchemas,
  logsSchemas,
  proxySchemas,
  registrySchemas,
  prepareSchemas,
  resolveSchemas,
  type InterfaceSchemas,
} from '@infrakit/spi/schemas'
import { ask } from './ask.js'
import { createNotifier } from './notify/index.js'
import { createRegistryFinder } from './registry-finder.js'
import { runCommand } from './run-command.js'

/** Hands the engine its world: plugins found by name, each time anew; clocks, commands, HTTP, and somebody to tell. */
export function createPorts(context: PluginContext<{ registry?: string }>, leaseSeconds: number): Ports {
  const { plugins, log, events, options, name, pluginsDir } = context

  async function optional<H>(
    definition: InterfaceDefinition<H>,
    of: string,
    schemas: InterfaceSchemas<H>,
  ): Promise<H | undefined> {
    return (await plugins.implements(definition, of)) ? plugins.get(definition, of, { schemas }) : undefined
  }
  const findRegistry = createRegistryFinder(plugins)
  const fenceOf = (of: string) => optional(fenceInterface, of, fenceSchemas)

  return {
    async registry() {
      const of = options.registry ?? (await findRegistry())
      return { name: of, registry: await plugins.get(registryInterface, of, { schemas: registrySchemas }) }
    },
    async group(of) {
      const group = await plugins.get(groupInterface, of, { schemas: groupSchemas })
      const [client, fence] = [await plugins.client(of), await fenceOf(of)]
      const watches = await client.implements(eventInterface)
      return {
        group,
        fence,
        at: client,
        watch: watches
          ? (hint, signal) =>
              client.subscribe('group', {
                connected: () => hint(''),
                event: ({ ID, Type, Message }) => hint(ID, { type: Type, message: Message }),
                signal,
              })
          : undefined,
      }
    },
    async proxy(of) {
      return { proxy: await plugins.get(proxyInterface, of, { schemas: proxySchemas }), fence: await fenceOf(of) }
    },
    async instance(of) {
      const instance = await plugins.get(instanceInterface, of, { schemas: instanceSchemas })
      const [lifecycle, resolve, prepare, job, logs] = await Promise.all([
        optional(lifecycleInterface, of, lifecycleSchemas),
        optional(resolveInterface, of, resolveSchemas),
        optional(prepareInterface, of, prepareSchemas),
        optional(jobInterface, of, jobSchemas),
        optional(logsInterface, of, logsSchemas),
      ])
      return { instance, lifecycle, resolve, prepare, job, logs }
    },
    async flavor(of) {
      const flavor = await plugins.get(flavorInterface, of, { schemas: flavorSchemas })
      const [client, resolve] = [await plugins.client(of), await optional(resolveInterface, of, resolveSchemas)]
      const watches = await client.implements(eventInterface)
      return {
        flavor,
        resolve,
        at: client,
        watch: watches
          ? (hint, signal) => client.subscribe('.', { connected: () => hint(''), event: ({ ID }) => hint(ID), signal })
          : undefined,
      }
    },
    ask,
    run: (command, how) => runCommand(command, { ...how, cwd: context.home }),
    notify: createNotifier(log, (command, how) => runCommand(command, { ...how, cwd: context.home })),
    publish: (event) => events.publish(event),
    log,
    clock: {
      now: () => performance.now(),
      date: () => new Date(),
      sleep: (ms, signal) => sleep(ms, undefined, signal ? { signal } : {}).catch(() => undefined),
    },
    json: { parse: parseJson, stringify: stringifyJson },
    failpoint,
    plugin: name,
    site: `${hostname()}:${pluginsDir}`,
    leaseSeconds,
  }
}
