import { health, tag, type InstanceDescription } from '@infrakit/spi'
import t from 'tap'
import { createFaultyWorld, eventually, type FaultyGroup } from './faults/faulty-world.js'
import { judges } from './faults/faults.js'
import { ledgerOf } from './faults/ledger.js'
import { made } from './faults/occasions.js'

const world = await createFaultyWorld(t)
world.steady.keepHealing()

const hashes = (group: FaultyGroup) => new Set(world.instances(group.id).map(({ hash }) => hash))
const isNew = (old: ReadonlySet<string | undefined>) => (one: InstanceDescription) =>
  old.has(one.Tags?.[tag.configHash]) ? undefined : health.unhealthy

/** Five members, three of which are judged unhealthy; answers those that are not once all is well again. */
async function replaced(group: FaultyGroup, MaxUnavailable: number): Promise<{ sound: string[]; sick: string[] }> {
  const Healing = { Interval: '100ms', UnhealthyAfter: 2 }
  await group.commit(1, { Allocation: { Size: 5 }, Updating: { MaxUnavailable }, Healing })
  const before = await group.converged()
  const [sick, sound] = [before.slice(0, 3), before.slice(3)]
  const judge = ({ ID }: InstanceDescription) => (sick.includes(ID) ? health.unhealthy : undefined)
  group.flavor.inject('Flavor.Healthy', judges(judge, 'port 80 is closed'))
  await group.says(/port 80 is closed/)
  await eventually('all of them to be replaced', () => sick.every((id) => !group.ids().includes(id)))
  await group.converged()
  return { sound, sick }
}

t.test('unhealthy members are replaced within MaxUnavailable', async (t) => {
  const group = await world.faulty('unhealthy')
  const { sound } = await replaced(group, 1)
  t.equal(group.ids().length, 5)
  t.ok(
    sound.every((id) => group.ids().includes(id)),
    'the healthy ones stay',
  )
  t.equal(made(group).size, 8, 'one for each')
  t.equal(ledgerOf(group, 5).least, 4, 'one was missing at a time')
})

t.test('control: with a greater MaxUnavailable more are missing at once', async (t) => {
  const group = await world.faulty('unhealthy-control')
  await replaced(group, 3)
  t.ok(ledgerOf(group, 5).least < 4)
})

const cases = ['halt', 'rollback'] as const

t.test('an update whose new members do not become healthy', async (t) => {
  t.jobs = 3
  for (const OnFailure of cases) {
    void t.test(`ends in a ${OnFailure} at its deadline, as told`, async (t) => {
      const group = await world.faulty(`deadline-${OnFailure}`)
      const more = { Updating: { Deadline: '2s', OnFailure }, Healing: { Interval: '100ms' } }
      await group.commit(1, more)
      const before = await group.converged()
      const good = hashes(group)
      const lift = group.flavor.inject('Flavor.Healthy', judges(isNew(good), 'port 80 is closed'))
      await group.commit(2, more)
      if (OnFailure === 'halt') {
        await group.says(/the update to revision 2 made no progress for 2s/)
        t.equal((await group.describe()).Status, 'halted')
        t.equal((await group.describe()).LastFailure?.RetryAt ?? null, null, 'it is not tried again by itself')
      } else {
        await eventually('the old revision to be back', async () => (await group.describe()).Revision === 1)
        await group.converged()
        t.same(hashes(group), good)
        t.equal((await group.describe()).Revision, 1)
      }
      t.ok(before.filter((id) => group.ids().includes(id)).length >= 2, 'no more than one of the old ones has gone')
      t.ok(ledgerOf(group, 3).least >= 2, 'never was more than one missing')
      lift()
      await group.commit(3, { Healing: { Interval: '100ms' } })
      await group.converged()
      t.same((await group.describe()).Revision, 3, 'the next commit takes over')
    })
  }

  void t.test('control: goes on without a deadline, past that of the others', async (t) => {
    const group = await world.faulty('deadline-none')
    const more = { Updating: { Deadline: '0s' }, Healing: { Interval: '100ms' } }
    await group.commit(1, more)
    await group.converged()
    const good = hashes(group)
    const lift = group.flavor.inject('Flavor.Healthy', judges(isNew(good), 'port 80 is closed'))
    await group.commit(2, more)
    await eventually('a second replacement to be tried', () => made(group).size >= 5)
    const asked = group.flavor.count('Flavor.Healthy')
    await eventually('much more to be asked', () => group.flavor.count('Flavor.Healthy') > asked + 30)
    t.equal((await group.describe()).Revision, 2)
    t.not((await group.describe()).Status, 'halted')
    lift()
    await group.converged()
    t.equal((await group.describe()).Revision, 2, 'it ends when the cause goes')
  })
})
