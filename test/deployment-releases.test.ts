import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ReleaseReport } from '@infrakit/spi'
import { rejection, waitUntil } from '@infrakit/testing'
import t from 'tap'
import { createDeploymentWorld, type DeploymentWorld } from './deployments/world.js'

t.setTimeout(600_000)

async function releases(world: DeploymentWorld): Promise<string[]> {
  const { Description } = await (await world.deployment()).describe({ Service: 'shop' })
  return Description.Releases.map(({ Release, State, Scale }: ReleaseReport) => `${Release} ${State} ${Scale}`)
}

async function answered(world: DeploymentWorld): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${world.port}/`)
  return ((await answer.json()) as { release: string }).release
}

t.test('releases are kept running, gone back to, stopped and forgotten as it was asked', async (t) => {
  const world = await createDeploymentWorld(t)
  const deployment = await world.deployment()
  const keep = { Retire: { How: 'keep', Retain: 2 } } as const
  await world.deploy(world.spec('a', keep))
  await world.deploy(world.spec('b', keep))
  await world.deploy(world.spec('c', keep))
  t.same(await releases(world), ['3 active 2', '2 running 2', '1 running 2'])
  t.equal(await answered(world), 'c')

  const scaled = await deployment.scale({ Service: 'shop', Scale: '+1' })
  t.equal((await world.ended(scaled.ID ?? '')).State, 'succeeded')
  const back = await deployment.rollback({ Service: 'shop', Release: 1 })
  t.equal((await world.ended(back.ID ?? '')).State, 'succeeded')
  t.same(await releases(world), ['1 active 2', '3 running 3', '2 running 2'], 'with the scale that it had')
  t.equal(await answered(world), 'a')

  const pretended = await deployment.stopOld({ Service: 'shop', Pretend: true })
  t.equal(pretended.ID ?? null, null)
  t.match(
    pretended.Plan.Steps.map(({ Name }) => Name),
    ['record', 'stop shop-3', 'stop shop-2'],
  )
  const stopped = await deployment.stopOld({ Service: 'shop' })
  t.equal((await world.ended(stopped.ID ?? '')).State, 'succeeded')
  t.same(await releases(world), ['1 active 2', '3 stopped 3', '2 stopped 2'])
  t.match(await rejection(deployment.stopOld({ Service: 'shop' })), { kind: 'conflict', message: /No old release/ })
  t.match(await rejection(deployment.rollback({ Service: 'shop', Release: 9 })), {
    kind: 'not-found',
    message: /Release 9 is not kept: kept are 3, 2/,
  })

  const again = await deployment.rollback({ Service: 'shop' })
  t.equal((await world.ended(again.ID ?? '')).State, 'succeeded')
  t.equal((await releases(world))[0], '3 active 3', 'one that was stopped is started')
  t.equal(await answered(world), 'c')

  await world.deploy(world.spec('d', { Retire: { How: 'destroy' } }))
  t.same(await releases(world), ['4 active 3'], 'the size in force stays, and nothing else is kept')
  const { Groups } = await (await world.group()).inspectGroups({})
  t.same(
    (Groups ?? []).map(({ ID }) => ID),
    ['shop-4'],
  )
})

t.test('a rollback is tested as a release is, unless it has to be now', async (t) => {
  const world = await createDeploymentWorld(t)
  const deployment = await world.deployment()
  const flag = join(world.home, 'flag')
  await writeFile(flag, '')
  const Tests = { Post: [{ Name: 'flag', Command: ['test', '-e', flag] }] }
  await world.deploy(world.spec('a', { Tests }))
  await world.deploy(world.spec('b'))
  await rm(flag)
  const before = await world.snapshot()
  const { ID } = await deployment.rollback({ Service: 'shop' })
  const failed = await world.ended(ID ?? '')
  t.match(failed, { State: 'reverted', Kind: 'rollback', Failure: { Step: 'post-test flag' } })
  t.equal(await world.snapshot(), before)
  const now = await deployment.rollback({ Service: 'shop', Now: true })
  t.equal((await world.ended(now.ID ?? '')).State, 'succeeded')
  t.equal(await answered(world), 'a')
  await writeFile(flag, '')
  const forth = await deployment.rollback({ Service: 'shop' })
  t.equal((await world.ended(forth.ID ?? '')).State, 'succeeded')
  const back = await deployment.rollback({ Service: 'shop' })
  t.ok(
    back.Plan.Steps.some(({ Name }) => Name === 'post-test flag'),
    'its tests were not forgotten',
  )
  t.equal((await world.ended(back.ID ?? '')).State, 'succeeded')
})

t.test('a release whose group somebody destroyed hinders no strategy, and can be gone back to', async (t) => {
  const world = await createDeploymentWorld(t)
  const group = await world.group()
  const destroyAll = async () => {
    const ids = async () => ((await group.inspectGroups({})).Groups ?? []).map(({ ID }) => ID)
    await Promise.all((await ids()).map((ID) => group.destroyGroup({ ID })))
    await waitUntil('all groups to be gone', async () => (await ids()).length === 0, 60_000)
  }
  await world.deploy(world.spec('a'))
  for (const Type of ['blue-green', 'canary', 'rolling', 'recreate'] as const) {
    await destroyAll()
    const report = await world.deploy(world.spec(Type, { Strategy: { Type, Pause: '100ms' } }))
    t.match(report, { State: 'succeeded' }, Type)
    t.same(report.Leftovers ?? [], [])
    t.equal(await answered(world), Type)
  }
  await destroyAll()
  const { ID } = await (await world.deployment()).rollback({ Service: 'shop' })
  t.match(await world.ended(ID ?? ''), { State: 'succeeded' })
  t.equal(await answered(world), 'rolling')
})
