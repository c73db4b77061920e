import t from 'tap'
import { createFaultyWorld, eventually } from './faults/faulty-world.js'
import * as faults from './faults/faults.js'
import { destroyed, loseOne, made, type Case } from './faults/occasions.js'

const html = '<html><body>Bad gateway</body></html>'
const hello = 'Handshake.Hello'

const cases: readonly Case[] = [
  { what: 'never', fault: faults.hangs, says: /no answer within/ },
  { what: 'a page of HTML', fault: faults.says(html), says: /got HTTP 200 with '<html>/ },
  { what: 'half an answer', fault: faults.half, says: /broke off/ },
  {
    what: 'nothing that it serves',
    fault: faults.says('{"jsonrpc":"2.0","id":1,"result":{"Objects":{}}}'),
    says: /files-of-case/,
  },
]

t.test('a plugin that comes back and does not get through its handshake', async (t) => {
  const world = await createFaultyWorld(t, { patience: 4000 })
  world.steady.keepHealing()
  t.jobs = cases.length
  for (const [at, { what, fault, says }] of cases.entries()) {
    void t.test(`it is answered with: ${what}`, async (t) => {
      const group = await world.faulty(`case-${at}`)
      await group.commit()
      await group.converged()
      await group.plugin.vanish()
      const lift = group.plugin.inject(hello, fault)
      await loseOne(group)
      await group.plugin.appear()
      t.match(await group.says(says), group.plugin.name, 'it says which plugin, and why')
      const healed = world.steady.healed
      await eventually('another group to be healed twice meanwhile', () => world.steady.healed >= healed + 2)
      t.equal(group.ids().length, 2, 'nothing is done for what is not known')
      lift()
      await group.converged()
      t.equal(made(group).size, 4, 'the lost one is replaced, once')
      t.equal(destroyed(group).size, 0)
      t.equal((await group.describe()).LastFailure, null, 'all is well again')
    })
  }
})

t.test('a commit that names a plugin which does not get through its handshake is refused', async (t) => {
  const world = await createFaultyWorld(t)
  const group = await world.faulty('new')
  const lift = group.plugin.inject(hello, faults.says(html))
  await t.rejects(world.commit(group.spec()), { message: new RegExp(group.plugin.name) })
  await t.rejects(group.describe(), { message: /not being watched/ }, 'and leaves nothing')
  lift()
  await group.commit()
  await group.converged()
})
