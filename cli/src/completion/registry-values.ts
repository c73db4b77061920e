import { createPlugins, pluginsDir } from '@infrakit/discovery'
import { registryInterface } from '@infrakit/spi'
import { namesServing } from '../connect-only.js'

export type RegistryValues = 'key' | 'service' | 'service ID'

/** Whoever presses a key does not wait longer than this (ms). */
const patience = 500

/** What can be typed now of what is in a registry: the named one, or the only one that runs. */
export async function registryValues(kind: RegistryValues, typed: string, plugin?: string): Promise<string[]> {
  const plugins = createPlugins(pluginsDir(process.env), { timeoutMs: patience })
  try {
    const [name = ''] = plugin === undefined ? await namesServing(plugins, registryInterface, patience) : [plugin]
    const registry = await plugins.get(registryInterface, name)
    if (kind === 'key') return (await registry.list({ Prefix: typed })).Entries.map(({ Key }) => Key)
    const { Services } = await registry.services({})
    return Services.map(({ Name, ID }) => (kind === 'service' ? Name : ID))
  } finally {
    plugins.close()
  }
}
