import { defineCommand } from '../../command.js'
import type { Context } from '../../context.js'
import { connectGroup } from '../../groups/connect.js'

export const free = defineCommand({
  description: `The group plugin stops looking after the groups and forgets them; their instances stay as they are. Watching the same
file again takes them up again.`,
  examples: ['infrakit group free app-blue'],
  run: freeGroups,
})

export async function freeGroups(context: Context, ids: readonly string[]): Promise<void> {
  const group = await connectGroup(context)
  for (const id of ids) {
    await group.freeGroup({ ID: id })
    if (!context.json && !context.quiet) context.print(`Freed ${id}`)
  }
  if (context.json) await context.printJson(ids.map((id) => ({ id })))
}
