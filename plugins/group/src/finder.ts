import type { Plugins } from '@infrakit/discovery'
import type { FlavorPort, InstancePort, Ports } from '@infrakit/group'
import {
  eventInterface,
  flavorInterface,
  instanceInterface,
  lifecycleInterface,
  logsInterface,
  resolveInterface,
  type InterfaceDefinition,
} from '@infrakit/spi'
import {
  flavorSchemas,
  instanceSchemas,
  lifecycleSchemas,
  logsSchemas,
  resolveSchemas,
  type InterfaceSchemas,
} from '@infrakit/spi/schemas'

type Finder = Pick<Ports, 'instance' | 'flavor'>
type Watch = NonNullable<InstancePort['watch']>

/**
 * Finds plugins by name, each time anew: one that was restarted elsewhere, or that can do more than before, is seen so by
 * the next pass. It costs a look at the plugin folder; what a plugin can do is asked once per connection.
 */
export function createFinder(plugins: Plugins): Finder {
  async function optional<H>(
    definition: InterfaceDefinition<H>,
    name: string,
    schemas: InterfaceSchemas<H>,
  ): Promise<H | undefined> {
    return (await plugins.implements(definition, name)) ? plugins.get(definition, name, { schemas }) : undefined
  }

  async function watchOf(name: string): Promise<Watch | undefined> {
    const client = await plugins.client(name)
    // Of the plugin, not of the object behind it: there is one stream for all of them.
    if (!(await client.implements(eventInterface))) return undefined
    return (hint, signal) =>
      client.subscribe('.', { connected: () => hint(), event: ({ ID }) => hint(ID || undefined), signal })
  }

  return {
    async instance(name): Promise<InstancePort> {
      const instance = await plugins.get(instanceInterface, name, { schemas: instanceSchemas, remember: true })
      const [site, lifecycle, resolve, logs, watch] = await Promise.all([
        // There is one client for each address.
        plugins.client(name),
        optional(lifecycleInterface, name, lifecycleSchemas),
        optional(resolveInterface, name, resolveSchemas),
        optional(logsInterface, name, logsSchemas),
        watchOf(name),
      ])
      return { instance, lifecycle, resolve, logs, watch, site }
    },
    async flavor(name): Promise<FlavorPort> {
      const flavor = await plugins.get(flavorInterface, name, { schemas: flavorSchemas })
      const [site, resolve, watch] = await Promise.all([
        plugins.client(name),
        optional(resolveInterface, name, resolveSchemas),
        watchOf(name),
      ])
      return { flavor, resolve, watch, site }
    },
  }
}
