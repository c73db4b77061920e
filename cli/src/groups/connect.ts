import type { PluginClient } from '@infrakit/rpc/client'
import { groupInterface, revisionsInterface, type Group, type Revisions } from '@infrakit/spi'
import type { Context } from '../context.js'

/** The name by which everybody finds the group plugin. */
export const defaultGroupPlugin = 'group'

export function groupPluginName(context: Context): string {
  return context.plugin ?? defaultGroupPlugin
}

/** The chosen group plugin. Throws `not-found`, `unavailable` or `incompatible`. */
export async function connectGroup(context: Context): Promise<Group> {
  return (await context.plugins()).get(groupInterface, groupPluginName(context))
}

export async function groupClient(context: Context): Promise<PluginClient> {
  return (await context.plugins()).client(groupPluginName(context))
}

/** The plugin's memory of what its groups were. Throws `incompatible` when it has none. */
export async function connectRevisions(context: Context): Promise<Revisions> {
  return (await context.plugins()).get(revisionsInterface, groupPluginName(context))
}

/** As `connectRevisions`, but `undefined` for a plugin that keeps no revisions. */
export async function findRevisions(context: Context): Promise<Revisions | undefined> {
  const plugins = await context.plugins()
  const name = groupPluginName(context)
  return (await plugins.implements(revisionsInterface, name)) ? plugins.get(revisionsInterface, name) : undefined
}
