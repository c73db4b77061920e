import { createPlugins, listPlugins, pluginsDir } from '@infrakit/discovery'
import { deploymentInterface, groupInterface, proxyInterface } from '@infrakit/spi'
import { namesServing } from '../connect-only.js'

/** Whoever presses a key does not wait longer than this (ms). */
const patience = 500

/** Names that can be typed now: running plugins, plugins that could be started, groups, routes or services of a plugin. */
export async function liveValues(
  kind: 'plugin' | 'executable' | 'group' | 'route' | 'service',
  plugin?: string,
): Promise<string[]> {
  if (kind === 'plugin') return (await listPlugins(pluginsDir(process.env))).map(({ name }) => name)
  if (kind === 'group') return groupIds(plugin ?? 'group')
  if (kind === 'route') return routeNames(plugin)
  if (kind === 'service') return serviceNames(plugin)
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

/** Of the plugin that is named, else of all proxies. */
async function routeNames(plugin: string | undefined): Promise<string[]> {
  const plugins = createPlugins(pluginsDir(process.env), { timeoutMs: patience })
  try {
    const names = plugin === undefined ? await namesServing(plugins, proxyInterface, patience) : [plugin]
    const routes = names.map(async (name) =>
      (await (await plugins.get(proxyInterface, name)).list({})).Routes.map(({ Route }) => Route.Name),
    )
    return (await Promise.all(routes.map((one) => one.catch(() => [])))).flat()
  } finally {
    plugins.close()
  }
}

/** Services that were deployed by the plugin that is named, else by the only one that runs. */
async function serviceNames(plugin: string | undefined): Promise<string[]> {
  const plugins = createPlugins(pluginsDir(process.env), { timeoutMs: patience })
  try {
    const [name = ''] = plugin === undefined ? await namesServing(plugins, deploymentInterface, patience) : [plugin]
    const { Services } = await (await plugins.get(deploymentInterface, name)).list({})
    return Services.map(({ Service }) => Service)
  } finally {
    plugins.close()
  }
}
