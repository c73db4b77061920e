import type { PluginClient } from '@infrakit/rpc/client'
import type { Teardown } from '@infrakit/testing'
import { describeInstances, oneByOne } from '../calls.js'
import type { PluginName } from '../../faults/world.js'
import { startBarePlugin } from '../floor/bare-plugin.js'
import { fileGroup, startGroupWorld } from '../group-world.js'
import type { Row, Sides } from '../row.js'
import { median } from '../statistics.js'

const calls = 20
const floorIs = 'bare node:http with the same client and the same body as text'

/** @param to the call that is measured, of a plugin in a world with a group of 1000 */
async function open(
  t: Teardown,
  plugin: PluginName,
  to: (client: PluginClient) => () => Promise<unknown>,
): Promise<Sides> {
  const world = await startGroupWorld(t)
  const converged = world.nextConverged('web')
  await world.commit(fileGroup('web', 1000))
  await converged
  const call = to(await world.client(plugin))
  const bare = to(await startBarePlugin(t, await call()))
  return { ours: () => oneByOne(calls, call), floor: () => oneByOne(calls, bare) }
}

const row = {
  floorIs,
  unit: 'ms',
  compare: 'ratio',
  rounds: { full: 15, quick: 3 },
  warmUp: 2,
} as const

export const describeInstance: Row = {
  ...row,
  name: 'describe-instances',
  title: 'describe 1000 instances, instance plugin',
  figures: [{ of: '', from: median, limit: 1.5, bound: 'at most' }],
  open: (t) => open(t, 'instance-file', describeInstances),
}

export const describeGroup: Row = {
  ...row,
  name: 'describe-group',
  title: 'describe 1000 instances, group plugin',
  figures: [{ of: '', from: median, limit: 2.5, bound: 'at most' }],
  open: (t) => open(t, 'group', (client) => () => client.call('Group.DescribeGroup', { Name: '', ID: 'web' })),
}
