import { defineCommand } from '../../command.js'
import { readGroups } from '../../files/groups.js'
import { commitAll, pretendAll } from '../../groups/commit.js'
import { connectGroup } from '../../groups/connect.js'

export const commit = defineCommand<{ pretend?: boolean }>({
  description: `Commits the groups of a JSON or YAML file ('-' is standard input), in order; when one of them is refused, none is
committed. With --pretend it tells what would be done and changes nothing.`,
  options: [{ flags: '--pretend', description: 'only tell what would be done' }],
  examples: ['infrakit group commit --pretend cattle.json', 'infrakit group commit cattle.json'],
  async run(context, [file = ''], { pretend = false }) {
    const groups = await readGroups(file)
    const group = await connectGroup(context)
    const results = await (pretend ? pretendAll : commitAll)(group, groups)
    if (context.json) return context.printJson(results)
    // Told even when quiet: to know it is what --pretend was given for.
    if (pretend) for (const { id, details } of results) context.print(`Committing ${id} would involve: ${details}`)
    else if (!context.quiet) for (const { id, details } of results) context.print(`Committed ${id}: ${details}`)
  },
})
