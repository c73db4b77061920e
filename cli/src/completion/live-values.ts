import { createPlugins, listPlugins, pluginsDir } from '@infrakit/discovery'
import { groupInterface } from '@infrakit/spi'

/** Whoever presses a key does not wait longer than this (ms). */
const patience = 500

/** Names that can be typed now: running plugins, plugins that could be started, groups of a plugin. */
export async function liveValues(kind: 'plugin' | 'executable' | 'group', plugin = 'group'): Promise<string[]> {
  if (kind === 'plugin') return (await listPlugins(pluginsDir(process.env))).map(({ name }) => name)
  if (kind === 'group') return groupIds(plugin)
  const { knownPlugins, searchFolders } = await import('../processes/executables.js')
  return knownPlugins(searchFolders(process.env))
}

async function groupIds(plugin: string): Promise<string[]> {
  const plugins = createPlugins(pluginsDir(process.env), { timeoutMs: patience })
  try {
    const { Groups } = await (await plugins.get(groupInterface, plugin)).inspectGroups({})
    return (Groups ?? []).map(({ ID }) => ID)
  } finally {
    plugins.close()
  }
}
