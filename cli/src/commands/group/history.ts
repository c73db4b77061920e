import type { Revision } from '@infrakit/spi'
import { defineCommand } from '../../command.js'
import { connectRevisions } from '../../groups/connect.js'
import { sizeOf } from '../../groups/specs.js'
import { formatTable } from '../../output/table.js'

export const history = defineCommand({
  description: `Lists the last revisions of a group, newest first: when they were committed, the hash of their configuration, and
which one is in force. 'infrakit group rollback' goes back to any of them.`,
  examples: ['infrakit group history app-blue'],
  async run(context, [id = '']) {
    const { Revisions } = await (await connectRevisions(context)).history({ ID: id })
    if (context.json) return context.printJson(Revisions)
    const columns = ['REVISION', 'COMMITTED', 'SIZE', 'CONFIG', 'ACTIVE'].map((title) => ({ title }))
    for (const line of formatTable(columns, Revisions.map(toRow), context)) context.print(line)
  },
})

function toRow({ Revision, Committed, ConfigHash, Active, Spec }: Revision): string[] {
  return [String(Revision), Committed, String(sizeOf(Spec) ?? '-'), ConfigHash, Active ? 'yes' : '']
}
