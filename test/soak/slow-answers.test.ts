import t from 'tap'
import { createFaultyWorld, eventually } from '../faults/faulty-world.js'
import { slow } from '../faults/faults.js'
import { destroyed, made, occasions, pluginOf } from '../faults/occasions.js'
import { figure, soaked } from './soak.js'

/** An answer that comes so late (ms). */
const lateMs = soaked(2000, 30_000)

t.test(`plugins that answer after ${lateMs} ms`, async (t) => {
  t.jobs = occasions.length
  const world = await createFaultyWorld(t)
  world.steady.keepHealing()
  for (const [at, occasion] of occasions.entries()) {
    const { method, begin, size } = occasion
    void t.test(method, async (t) => {
      const group = await world.faulty(`slow-${at}`)
      await group.commit()
      await group.converged()
      const firstMade = made(group).size
      const healed = world.steady.healed
      const plugin = pluginOf(group, occasion)
      const lift = plugin.inject(method, slow(lateMs))
      const [calls, answers] = [plugin.count(method), plugin.done(method).length]
      await begin(group)
      await eventually('it to be called', () => plugin.count(method) > calls)
      const isAnswered = () => plugin.done(method).length > answers
      const isDone = () => group.ids().length === size && made(group).size === firstMade + occasion.made
      await eventually('it to be done', () => isAnswered() && isDone())
      const meanwhile = world.steady.healed - healed
      lift()
      await group.converged()
      t.equal(destroyed(group).size, occasion.destroyed, 'nothing else was destroyed')
      t.equal(made(group).size, firstMade + occasion.made, 'nothing was made twice')
      if (lateMs > 10_000) t.ok(meanwhile >= 10, `another group was healed ${meanwhile} times meanwhile`)
      figure(`heals of another group while ${method} takes ${lateMs} ms`, meanwhile)
    })
  }
})
