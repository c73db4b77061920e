import { defineCommand } from '../../command.js'
import { readGroups } from '../../files/groups.js'
import { commitAll } from '../../groups/commit.js'
import { connectGroup } from '../../groups/connect.js'

export const watch = defineCommand({
  description: `Commits the groups of a JSON or YAML file ('-' is standard input) and returns. The group plugin keeps them from
then on. A file may hold several groups; when one of them is refused, none is committed.`,
  examples: ['infrakit group watch app-blue.json', 'cat fleet.yml | infrakit group watch -'],
  async run(context, [file = '']) {
    const groups = await readGroups(file)
    const committed = await commitAll(await connectGroup(context), groups)
    if (context.json) return context.printJson(committed)
    if (!context.quiet) for (const { id, details } of committed) context.print(`watching ${id}: ${details}`)
  },
})
