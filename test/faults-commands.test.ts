import { groupInterface, type GroupProperties } from '@infrakit/spi'
import { rejection } from '@infrakit/testing'
import t, { type Test } from 'tap'
import { createFaultyWorld, eventually, type FaultyGroup } from './faults/faulty-world.js'
import type { Fault } from './faults/faulty.js'
import { hangs, hangsWhenDone } from './faults/faults.js'
import { destroyed, made } from './faults/occasions.js'
import { ledgerOf } from './faults/ledger.js'

const world = await createFaultyWorld(t)
world.steady.keepHealing()
const control = () => world.plugins.get(groupInterface, 'group')

/** What must hold whatever was commanded: a key has one instance, and nothing is left over. */
function sound(t: Test, group: FaultyGroup, size: number): void {
  t.equal(group.ids().length, size)
  t.equal(ledgerOf(group).doubles.length, 0, 'nothing was made twice')
  t.equal(made(group).size - destroyed(group).size, size, 'nothing is left over')
}

/** A group whose update has begun and waits for its first provision. */
async function hangingUpdate(id: string, fault: Fault) {
  const group = await world.faulty(id)
  await group.commit(1)
  await group.converged()
  const lift = group.plugin.inject('Instance.Provision', fault)
  await group.commit(2)
  await eventually('the update to hang', () => group.plugin.held('Instance.Provision') === 1)
  return { group, lift }
}

t.test('scaled from 5 to 3 to 6 back to back', async (t) => {
  const group = await world.faulty('scaled')
  await group.commit(1, { Allocation: { Size: 5 } })
  const before = await group.converged()
  await Promise.all([group.setSize(3), group.setSize(6)])
  const after = await group.converged()
  sound(t, group, 6)
  t.ok(before.filter((id) => after.includes(id)).length >= 3, 'at least three of the first have stayed')
  t.ok(ledgerOf(group, 5).least >= 3, 'there were never fewer than the least that was asked for')
})

t.test('scaled while provisions hang', async (t) => {
  const group = await world.faulty('scaled-hanging')
  const lift = group.plugin.inject('Instance.Provision', hangs)
  await group.commit(1, { Allocation: { Size: 5 } })
  await eventually('five to hang', () => group.plugin.held('Instance.Provision') === 5)
  await group.setSize(3)
  await group.setSize(6)
  await eventually('a sixth to hang', () => group.plugin.held('Instance.Provision') === 6)
  lift()
  await group.converged()
  sound(t, group, 6)
  t.equal(made(group).size, 6)
})

t.test('a new commit takes over from an update', async (t) => {
  const { group, lift } = await hangingUpdate('taken-over', hangs)
  await group.commit(3)
  lift()
  await group.converged()
  sound(t, group, 3)
  t.equal((await group.describe()).Revision, 3)
  t.equal(new Set(world.instances(group.id).map(({ hash }) => hash)).size, 1, 'all are of the last version')
  t.ok(ledgerOf(group, 3).least >= 2, 'no more than one was ever missing')
  t.ok(ledgerOf(group).most <= 3, 'and none too many')
})

t.test('a commit during destroy is refused; the group is gone in the end', async (t) => {
  const group = await world.faulty('doomed')
  await group.commit()
  await group.converged()
  const lift = group.plugin.inject('Instance.Destroy', hangs)
  await (await control()).destroyGroup({ ID: group.id })
  await eventually('it to hang', () => group.plugin.held('Instance.Destroy') > 0)
  const [refused, scaled] = [await rejection(world.commit(group.spec(2))), await rejection(group.setSize(5))]
  t.match(refused, { kind: 'conflict', message: /is being destroyed/ })
  t.match(scaled, { kind: 'conflict', message: /is being destroyed/ })
  lift()
  await eventually('it to be gone', async () => (await rejection(group.describe())) as object)
  sound(t, group, 0)
})

t.test('destroyed while provisions hang', async (t) => {
  const group = await world.faulty('destroyed-hanging')
  const lifts = [group.plugin.inject('Instance.Provision', hangs)]
  await group.commit()
  await eventually('three to hang', () => group.plugin.held('Instance.Provision') === 3)
  await (await control()).destroyGroup({ ID: group.id })
  const healed = world.steady.healed
  await eventually('another group to be healed twice meanwhile', () => world.steady.healed >= healed + 2)
  t.equal((await group.describe()).Status, 'destroying', 'it waits for them')
  for (const lift of lifts) lift()
  await eventually('it to be gone', async () => (await rejection(group.describe())) as object)
  sound(t, group, 0)
  t.equal(made(group).size, 3, 'they were made, and destroyed')
})

t.test('freed during an update', async (t) => {
  const { group, lift } = await hangingUpdate('freed', hangsWhenDone)
  await (await control()).freeGroup({ ID: group.id })
  t.match(await rejection(group.describe()), { kind: 'not-found' })
  const left = group.ids()
  lift()
  const healed = world.steady.healed
  await eventually('another group to be healed twice', () => world.steady.healed >= healed + 2)
  t.same(group.ids(), left, 'nothing is touched any more')
  await group.commit(2)
  await group.converged()
  sound(t, group, 3)
})

t.test('cattle become pets one by one', async (t) => {
  const group = await world.faulty('named')
  await group.commit(1)
  await group.converged()
  const Allocation: GroupProperties['Allocation'] = { LogicalIDs: ['a', 'b', 'c'] }
  await group.commit(1, { Allocation })
  await group.converged()
  sound(t, group, 3)
  const names = (await group.describe()).Instances.map(({ LogicalID }) => LogicalID)
  t.same(names.sort(), ['a', 'b', 'c'])
  t.ok(ledgerOf(group, 3).least >= 2, 'no more than one was ever missing')
})

t.test('control: a ledger of everything at once shows that too many are missing', async (t) => {
  const group = await world.faulty('control')
  await group.commit(1)
  await group.converged()
  await group.commit(2, { Updating: { MaxUnavailable: 3 } })
  await group.converged()
  t.ok(ledgerOf(group, 3).least < 2)
  t.equal(ledgerOf(group).doubles.length, 0)
})
