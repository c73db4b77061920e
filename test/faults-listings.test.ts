import { instanceInterface, tag, type Instance } from '@infrakit/spi'
import t, { type Test } from 'tap'
import { createFaultyWorld, eventually, type FaultyGroup } from './faults/faulty-world.js'
import { lists } from './faults/faults.js'
import { destroyed, made } from './faults/occasions.js'

/** Lists everything but some, until it is told to stop. */
function hide(group: FaultyGroup, hidden: readonly string[]): () => void {
  const short = lists((all) => all.filter(({ ID }) => !hidden.includes(ID)))
  return group.plugin.inject('Instance.DescribeInstances', short)
}

/** The members that were there before and are there still. */
function kept(group: FaultyGroup, before: readonly string[]): string[] {
  const now = new Set(group.ids())
  return before.filter((id) => now.has(id))
}

const cases = [1, 2, 3].map((hidden) => ({ hidden, name: `${hidden} of 3 are not listed for a while` }))

const world = await createFaultyWorld(t)
world.steady.keepHealing()

t.test('members that are not listed are replaced, and live on when they are listed again', async (t) => {
  t.jobs = cases.length
  for (const { hidden, name } of cases) {
    void t.test(name, async (t) => {
      const group = await world.faulty(`short-${hidden}`)
      await group.commit()
      const before = await group.converged()
      const healed = world.steady.healed
      const list = hide(group, before.slice(0, hidden))
      await eventually('as many to be made', () => made(group).size === 3 + hidden)
      await eventually('another group to be healed twice meanwhile', () => world.steady.healed >= healed + 2)
      t.same(kept(group, before), before, 'nothing is destroyed while the listing is short')
      list()
      await eventually('the surplus to go', () => group.ids().length === 3)
      await group.converged()
      t.same(kept(group, before), before, 'what went are the new ones')
      t.equal(destroyed(group).size, hidden)
    })
  }
})

/** One look of a controller as the original's was: what is listed counts, and the lowest IDs go when it is too much. */
async function naiveLook(instance: Instance, size: number): Promise<void> {
  const Tags = { [tag.group]: 'naive' }
  const { Descriptions } = await instance.describeInstances({ Tags })
  const ids = Descriptions.map(({ ID }) => ID).sort()
  for (let count = ids.length; count < size; count++) {
    await instance.provision({ Spec: { Properties: null, Tags, Init: '' } })
  }
  for (const Instance of ids.slice(0, Math.max(0, ids.length - size))) await instance.destroy({ Instance })
}

t.test('control: a controller that scales down by lowest ID destroys healthy ones', async (t: Test) => {
  const group = await world.faulty('naive')
  const instance = await world.plugins.get(instanceInterface, group.plugin.name)
  const losses: number[] = []
  // IDs are random: one of several rounds at least has a low one among the older.
  for (let round = 0; round < 10; round++) {
    await naiveLook(instance, 3)
    const before = group.ids()
    const list = hide(group, before.slice(0, 2))
    await naiveLook(instance, 3)
    list()
    await naiveLook(instance, 3)
    losses.push(3 - kept(group, before).length)
  }
  t.ok(
    losses.some((lost) => lost > 0),
    `healthy ones lost in ten rounds: ${losses.join(', ')}`,
  )
})

t.test('an instance that is listed twice counts once', async (t) => {
  const group = await world.faulty('twice')
  const list = group.plugin.inject(
    'Instance.DescribeInstances',
    lists((all) => [...all, ...all.slice(0, 1)]),
  )
  await group.commit()
  const before = await eventually('three to be made', () => group.ids().length === 3 && group.ids())
  await group.setSize(2)
  await eventually('one to go', () => group.ids().length === 2)
  list()
  await group.converged()
  t.equal(kept(group, before).length, 2)
  t.equal(made(group).size, 3, 'nothing was made for it')
  t.equal(destroyed(group).size, 1)
})

t.test('a plugin that loses its instances', async (t) => {
  const group = await world.faulty('losing')
  await group.commit()
  for (const id of await group.converged()) await group.lose(id)
  await eventually('three new ones', () => group.ids().length === 3 && made(group).size === 6)
  await group.converged()
  t.equal(destroyed(group).size, 0)
})

t.test('a plugin that vanishes and returns', async (t) => {
  const group = await world.faulty('vanishing')
  await group.commit()
  const before = await group.converged()
  await group.plugin.vanish()
  await group.lose(before[0] ?? '')
  t.match(await group.says(/plugin not found|cannot connect/), /files-of-vanishing/, 'it says which')
  const healed = world.steady.healed
  await eventually('another group to be healed twice meanwhile', () => world.steady.healed >= healed + 2)
  t.equal(group.ids().length, 2)
  await group.plugin.appear()
  await eventually('it to be healed, without being asked', () => group.ids().length === 3)
  t.same(kept(group, before), before.slice(1))
})

t.test('a flavor that vanishes and returns', async (t) => {
  const group = await world.faulty('flavourless')
  await group.commit()
  const before = await group.converged()
  await group.flavor.vanish()
  await group.lose(before[0] ?? '')
  t.match(await group.says(/plugin not found|cannot connect/), /flavor-of-flavourless/, 'it says which')
  t.same(kept(group, before), before.slice(1), 'nothing is destroyed for it')
  await group.flavor.appear()
  await eventually('it to be healed, without being asked', () => group.ids().length === 3)
  t.equal(destroyed(group).size, 0)
})

t.test('members that are not listed live on also when the group plugin was restarted just before', async (t) => {
  const world = await createFaultyWorld(t)
  const group = await world.faulty('web')
  await group.commit()
  const before = await group.converged()
  await world.kill('group')
  const list = hide(group, before.slice(0, 2))
  await world.start('group')
  await eventually('as many to be made', () => made(group).size === 5)
  list()
  await eventually('the surplus to go', () => group.ids().length === 3)
  t.same(kept(group, before), before)
})
