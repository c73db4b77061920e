import { health, tag } from '@infrakit/spi'
import t from 'tap'
import { group, memoryFlavor, memoryInstance } from '../src/index.js'

t.test('a situation in a line', async (t) => {
  const { spec, instances, health: judged } = group('web').size(3).outdated(2).unhealthy(1)
  t.match(spec, { ID: 'web', Properties: { Allocation: { Size: 3 }, Instance: { Plugin: 'memory' } } })
  t.same(
    instances.map(({ ID, Tags }) => [ID, Tags?.[tag.group], Tags?.[tag.configHash]]),
    [
      ['web-1', 'web', 'outdated'],
      ['web-2', 'web', 'outdated'],
      ['web-3', 'web', 'current'],
    ],
  )
  t.same([...judged], [['web-3', health.unhealthy]])
})

t.test('who is there, and how they fare', async (t) => {
  const shown = (situation: ReturnType<typeof group>) =>
    situation.instances.map(({ ID, LogicalID, State }) => {
      const judgement = situation.health.get(ID)
      const word = Object.entries(health).find(([, value]) => value === judgement)?.[0]
      return [LogicalID ?? ID, State, word].filter(Boolean).join(' ')
    })
  t.same(shown(group('g').size(2)), ['g-1', 'g-2'])
  t.same(shown(group('g').size(3).missing(1)), ['g-1', 'g-2'])
  t.same(shown(group('g').size(1).surplus(1)), ['g-1', 'g-2'])
  t.same(shown(group('g').pets('a', 'b').missing(1)), ['a'])
  t.same(shown(group('g').size(4).failed(1).stopped(1).unknown(1)), ['g-1', 'g-2 unknown', 'g-3 stopped', 'g-4 failed'])
})

t.test('a situation never changes', async (t) => {
  const three = group('web').size(3)
  three.outdated(3)
  t.equal(three.instances[0]?.Tags?.[tag.configHash], 'current')
})

t.test('what cannot be is refused', async (t) => {
  t.throws(() => group('web').size(1).outdated(2), /of 1 instances 2 cannot be outdated/)
  t.throws(() => group('web').size(1).unhealthy(1).stopped(1), /and 2 not well/)
  t.throws(() => group('web').missing(1))
})

t.test('plugins in memory are in the situation', async (t) => {
  const [instance, flavor] = [memoryInstance(), memoryFlavor()]
  group('web').size(2).unhealthy(1).seed(instance, flavor)
  const { Descriptions } = await instance.handlers.describeInstances({ Tags: { [tag.group]: 'web' } })
  t.same(
    Descriptions.map(({ ID }) => ID),
    ['web-1', 'web-2'],
  )
  const judge = async (ID: string) => (await flavor.handlers.healthy({ Instance: { ID } })).Health
  t.equal(await judge('web-1'), health.healthy)
  t.equal(await judge('web-2'), health.unhealthy)
})
