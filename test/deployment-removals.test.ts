import { rejection, skipFor, waitUntil } from '@infrakit/testing'
import t from 'tap'
import { createDeploymentWorld } from './deployments/world.js'

t.setTimeout(600_000)

t.test('a service is removed when all that it was asked is answered, and only its history is left', async (t) => {
  const world = await createDeploymentWorld(t)
  const deployment = await world.deployment()
  const nothing = await world.snapshot()
  t.match(await rejection(deployment.remove({ Service: 'shop' })), { kind: 'not-found', message: /never deployed/ })
  const keep = { Retire: { How: 'keep', Retain: 2 } } as const
  await world.deploy(world.spec('a'))
  await world.deploy(world.spec('b', keep))
  await world.deploy(world.spec('c', keep))

  const before = await world.snapshot()
  const { ID, Plan } = await deployment.remove({ Service: 'shop', Pretend: true })
  t.equal(ID ?? null, null)
  t.match(Plan, { Kind: 'remove', Steps: [{ Name: 'record' }, { Name: 'drain' }, { Name: 'retire' }] })
  t.match(Plan.Steps[2]?.Text, 'Destroy shop-3, shop-2, shop-1')
  t.equal(await world.snapshot(), before, 'it only told')

  const slow = fetch(`http://127.0.0.1:${world.port}/?slow=2000`)
  await new Promise((resolve) => setTimeout(resolve, 500))
  const removal = await deployment.remove({ Service: 'shop' })
  t.match(await world.ended(removal.ID ?? ''), { Kind: 'remove', State: 'succeeded', Leftovers: undefined })
  const answer = await slow
  t.match([answer.status, await answer.json()], [200, { release: 'c' }], 'what was in flight is answered')
  t.equal(await world.snapshot(), nothing)
  t.same((await deployment.list({})).Services, [])
  t.match((await deployment.describe({ Service: 'shop' })).Description.Summary, 'shop: no release is active.')
  t.match((await deployment.history({ Service: 'shop' })).Deployments, { 0: { Kind: 'remove' }, 3: { Release: 1 } })
  for (const again of [deployment.remove({ Service: 'shop' }), deployment.rollback({ Service: 'shop' })]) {
    t.match(await rejection(again), { kind: 'not-found', message: /has no release/ })
  }

  t.match(await world.deploy(world.spec('d')), { ID: 'shop-5', Release: 4, From: undefined, State: 'succeeded' })
  t.match(await (await fetch(`http://127.0.0.1:${world.port}/`)).json(), { release: 'd' })
})

t.test('a plugin that is away while a service is removed is waited for', async (t) => {
  const world = await createDeploymentWorld(t)
  const nothing = await world.snapshot()
  await world.deploy(world.spec('a'))
  await world.kill('group')
  const deployment = await world.deployment()
  t.match(await rejection(deployment.remove({ Service: 'shop' })), { kind: 'unavailable' }, 'it is not begun without')
  await world.start('group')
  let killed: Promise<void> | undefined
  const heard = await world.hear('deployment', 'deployments', ({ Type, Message }) => {
    if (Type === 'step' && Message?.startsWith('Destroy')) killed ??= world.kill('instance-process')
  })
  const { ID } = await deployment.remove({ Service: 'shop' })
  await waitUntil('it to be killed', async () => killed !== undefined && (await killed, true))
  await world.start('instance-process')
  t.match(await world.ended(ID ?? ''), { State: 'succeeded', Leftovers: undefined })
  heard.stop()
  t.equal(await world.snapshot(), nothing)
})

t.test(
  'a service is kept by one site, and by another once it was removed there',
  { skip: skipFor(['consul']) },
  async (t) => {
    const here = await createDeploymentWorld(t, { registry: 'registry-consul' })
    const there = await createDeploymentWorld(t, { registry: 'registry-consul', sharing: here })
    const [ours, theirs] = [await here.deployment(), await there.deployment()]
    const answered = async ({ port }: typeof here) => fetch(`http://127.0.0.1:${port}/`).then(({ status }) => status)
    await here.deploy(here.spec('a'))
    t.match(await rejection(theirs.deploy({ Spec: there.spec('b') })), { kind: 'conflict', message: /is kept at/ })
    t.match(await rejection(theirs.remove({ Service: 'shop' })), { kind: 'conflict', message: /is kept at/ })
    const removal = await ours.remove({ Service: 'shop' })
    t.match(await here.ended(removal.ID ?? ''), { State: 'succeeded' })
    t.match(await there.deploy(there.spec('b')), { State: 'succeeded', Release: 2 })
    t.match(await rejection(ours.deploy({ Spec: here.spec('c') })), { kind: 'conflict', message: /is kept at/ })
    t.equal(await answered(there), 200)
    await t.rejects(answered(here))
  },
)
