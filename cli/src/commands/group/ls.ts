import { messageOf, type Group, type GroupDescription, type GroupSpec } from '@infrakit/spi'
import { defineCommand } from '../../command.js'
import { connectGroup } from '../../groups/connect.js'
import { listSpecs, sizeOf } from '../../groups/specs.js'
import { formatTable } from '../../output/table.js'

interface Row {
  readonly ID: string
  readonly Size: number | null
  readonly Instances: number | null
  readonly Status: string
  readonly Revision: number | null
}

export const ls = defineCommand({
  description: 'Lists the groups that the group plugin looks after: how many instances they shall have, and have.',
  examples: ['infrakit group ls', 'infrakit group ls --json'],
  async run(context) {
    const group = await connectGroup(context)
    const rows = await Promise.all((await listSpecs(group)).map((spec) => look(group, spec)))
    if (context.json) return context.printJson(rows)
    const columns = [{ title: 'ID', width: 20 }, { title: 'SIZE' }, { title: 'INSTANCES' }, { title: 'STATUS' }]
    const cells = rows.map((row) => [row.ID, show(row.Size), show(row.Instances), row.Status])
    for (const line of formatTable(columns, cells, context)) context.print(line)
  },
})

/** One group that cannot be described does not hide the others. */
async function look(group: Group, spec: GroupSpec): Promise<Row> {
  try {
    const { Description } = await group.describeGroup({ ID: spec.ID })
    const { Instances, Revision, Size } = Description
    const size = Size ?? sizeOf(spec) ?? null
    return {
      ID: spec.ID,
      Size: size,
      Instances: Instances.length,
      Status: statusOf(Description),
      Revision: Revision ?? null,
    }
  } catch (error) {
    const status = `unknown: ${messageOf(error)}`
    return { ID: spec.ID, Size: sizeOf(spec) ?? null, Instances: null, Status: status, Revision: null }
  }
}

function statusOf({ Status, Converged }: GroupDescription): string {
  return Status ?? (Converged ? 'converged' : 'not converged')
}

function show(count: number | null): string {
  return count === null ? '-' : String(count)
}
