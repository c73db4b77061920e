import { defineCommand } from '../../command.js'
import type { Context } from '../../context.js'
import { readGroups, type GroupInFile } from '../../files/groups.js'
import { checkAll, commitOne, type Committed } from '../../groups/commit.js'
import { connectGroup } from '../../groups/connect.js'
import { sizeOf } from '../../groups/specs.js'
import { watchGroup } from '../../groups/wait.js'
import { durationOption } from '../../option-values.js'

export const update = defineCommand<{ timeout?: string }>({
  description: `Commits the groups of a JSON or YAML file ('-' is standard input) one after the other, and follows each until its
instances are as declared. Ends with status 1 when an update halts or is rolled back. Interrupting it does not
interrupt the update.`,
  options: [
    {
      flags: '--timeout <duration>',
      description: 'wait no longer than this for each group (default: as long as it takes)',
    },
  ],
  examples: ['infrakit group update app-blue-2.json', 'infrakit group update --timeout 5m fleet.yml'],
  async run(context, [file = ''], { timeout }) {
    const timeoutMs = durationOption('--timeout', timeout)
    const groups = await readGroups(file)
    await checkAll(await connectGroup(context), groups)
    const done: Committed[] = []
    for (const group of groups) {
      done.push(await updateOne(context, group, timeoutMs))
      if (!context.json && !context.quiet) context.print(`update ${group.spec.ID} completed`)
    }
    if (context.json) await context.printJson(done)
  },
})

async function updateOne(context: Context, one: GroupInFile, timeoutMs: number | undefined): Promise<Committed> {
  const id = one.spec.ID
  const watching = await watchGroup(context, id, timeoutMs)
  try {
    const committed = await commitOne(await connectGroup(context), one, false)
    watching.progress.show(`updating ${id}: ${committed.details}`)
    await watching.converged({ id, revision: committed.revision, size: sizeOf(one.spec) })
    return committed
  } finally {
    watching.close()
  }
}
