import { statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { createClient, type Address, type BindOptions, type PluginClient } from '@infrakit/rpc/client'
import { InfrakitError, interfaceId, parsePluginName, type InterfaceDefinition } from '@infrakit/spi'
import { findPlugin, listPlugins, type FoundPlugin } from './find.js'

/** The plugins of a folder, for whoever calls them. Names may have two parts (`swarm/manager`). */
export interface Plugins {
  list(): Promise<FoundPlugin[]>
  /** A client for the plugin; always the same one for the same address. Throws `not-found`. */
  client(name: string): Promise<PluginClient>
  /**
   * The plugin's interface, ready to be called.
   *
   * @throws not-found (no such plugin), unavailable (nobody answers), incompatible (it has not that interface)
   */
  get<H>(definition: InterfaceDefinition<H>, name: string, options?: Omit<BindOptions<H>, 'type'>): Promise<H>
  /** Whether the plugin has the interface. Throws like `get` when it cannot be asked. */
  implements<H>(definition: InterfaceDefinition<H>, name: string): Promise<boolean>
  /** Closes all connections. */
  close(): void
}

/** @param options.timeoutMs how long a call waits for its answer unless it says so itself */
export function createPlugins(dir: string, options: { timeoutMs?: number } = {}): Plugins {
  const folder = resolve(dir)
  const clients = new Map<string, PluginClient>()

  async function client(name: string): Promise<PluginClient> {
    const known = knownSocket(name)
    if (known) return known
    const { name: socket, listen, address } = await findPlugin(dir, name)
    return clientAt(listen, address, socket)
  }

  /** The client of a socket that is still there. Every call of a controller comes by here: one look, and no more. */
  function knownSocket(name: string): PluginClient | undefined {
    const path = join(folder, parsePluginName(name).socket)
    const known = clients.get(path)
    return known && statSync(path, { throwIfNoEntry: false })?.isSocket() ? known : undefined
  }

  function clientAt(listen: string, address: Address, socket: string): PluginClient {
    const known = clients.get(listen)
    if (known) return known
    const created = createClient(address, { name: socket, ...options })
    clients.set(listen, created)
    return created
  }

  async function has<H>(definition: InterfaceDefinition<H>, name: string): Promise<boolean> {
    return (await client(name)).implements(definition as InterfaceDefinition, typeOf(name))
  }

  async function get<H>(
    definition: InterfaceDefinition<H>,
    name: string,
    binding: Omit<BindOptions<H>, 'type'> = {},
  ): Promise<H> {
    const plugin = await client(name)
    const type = typeOf(name)
    if (!(await plugin.implements(definition as InterfaceDefinition, type))) {
      throw await lacks(plugin, name, definition as InterfaceDefinition)
    }
    return plugin.bind(definition, { ...binding, ...(type === undefined ? {} : { type }) })
  }

  function close(): void {
    for (const open of clients.values()) open.close()
    clients.clear()
  }

  return { list: () => listPlugins(dir), client, get, implements: has, close }
}

function typeOf(name: string): string | undefined {
  return parsePluginName(name).type || undefined
}

async function lacks(plugin: PluginClient, name: string, definition: InterfaceDefinition): Promise<InfrakitError> {
  const { objects, era } = await plugin.handshake()
  const same = objects.find((object) => object.name === definition.name)
  const type = typeOf(name)
  if (same && type !== undefined && !same.types.includes(type)) {
    const message = `plugin '${plugin.name}' has no ${definition.name} called '${type}'`
    return new InfrakitError('incompatible', message, { hint: `It has: ${same.types.join(', ')}.` })
  }
  const all = objects.map((object) => `${object.name}/${object.version}`).join(', ') || 'nothing'
  return new InfrakitError('incompatible', `plugin '${plugin.name}' does not serve ${interfaceId(definition)}`, {
    hint: `It serves ${all} (protocol of ${era}).`,
  })
}
