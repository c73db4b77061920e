import { InfrakitError, type Group } from '@infrakit/spi'
import type { Context } from '../context.js'
import { connectGroup } from './connect.js'
import { changeAllocation, findSpec } from './specs.js'

/** Commits the specification of each group with another state, all else as it is. */
export async function commitState(
  context: Context,
  ids: readonly string[],
  state: 'running' | 'stopped',
): Promise<void> {
  const group = await connectGroup(context)
  const done: { id: string; details: string }[] = []
  for (const id of ids) {
    const spec = await findSpec(group, id)
    await refuseUnaware(group, id)
    const { Details } = await group.commitGroup({ Spec: changeAllocation(spec, { State: state }) })
    done.push({ id, details: Details })
    if (!context.json && !context.quiet) context.print(`${id}: ${Details}`)
  }
  if (context.json) await context.printJson(done)
}

/** A plugin of the original would take the state for a note of the user's and do nothing. */
async function refuseUnaware(group: Group, id: string): Promise<void> {
  const { Description } = await group.describeGroup({ ID: id })
  if (Description.Status) return
  throw new InfrakitError('incompatible', `the group plugin cannot stop or start the instances of ${id}`, {
    hint: 'infrakit-group-default can',
  })
}
