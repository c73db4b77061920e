import { waitUntil } from '@infrakit/testing'
import t from 'tap'
import { createFaultyWorld, eventually } from './faults/faulty-world.js'
import * as faults from './faults/faults.js'
import { loseOne, occasions, pluginOf, survivesAll, type Case } from './faults/occasions.js'

const silence: readonly Case[] = [
  { what: 'never, and done in the end', fault: faults.hangs, says: /no answer within/ },
  { what: 'never, though it is done', fault: faults.hangsWhenDone, says: /no answer within/, done: true },
]

t.test('a plugin that does not answer', async (t) => {
  await survivesAll(t, await createFaultyWorld(t, { patience: 4000 }), () => silence)
})

t.test('calls that hang, one of each method, keep no other group waiting', async (t) => {
  const world = await createFaultyWorld(t)
  const hanging = await Promise.all(
    occasions.map(async (occasion, at) => {
      const { method, begin, calls } = occasion
      const group = await world.faulty(`case-${at}`)
      await group.commit()
      await group.converged()
      const plugin = pluginOf(group, occasion)
      const lift = plugin.inject(method, faults.hangs)
      await begin(group)
      await eventually(`${method} to hang`, () => plugin.held(method) === calls)
      return { method, calls, group, lift, plugin, count: plugin.count(method) }
    }),
  )
  for (let heal = 0; heal < 5; heal++) await world.steady.heal()
  t.equal(world.steady.healed, 5)
  for (const { method, plugin, calls, count } of hanging) {
    t.equal(plugin.held(method), calls, `${method} hangs still`)
    t.equal(plugin.count(method), count, 'in the same calls')
  }
  for (const { lift } of hanging) lift()
  for (const { group } of hanging) await group.converged()
})

t.test('control: where all calls wait in one queue, one that hangs stops the other group', async (t) => {
  const world = await createFaultyWorld(t, { oneQueue: true })
  const group = await world.faulty('web')
  await group.commit()
  await group.converged()
  const lift = group.plugin.inject('Instance.Provision', faults.hangs)
  await loseOne(group)
  await waitUntil('it to hang', () => group.plugin.held('Instance.Provision') === 1)
  world.steady.keepHealing()
  await t.rejects(waitUntil('a heal', () => world.steady.healed > 0, 2000))
  t.equal(group.plugin.held('Instance.Provision'), 1, 'it hangs still')
  lift()
  await waitUntil('a heal', () => world.steady.healed > 0, 40_000)
})
