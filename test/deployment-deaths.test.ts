import { setTimeout as sleep } from 'node:timers/promises'
import { deploymentInterface, RemoteError } from '@infrakit/spi'
import { rejection, waitUntil } from '@infrakit/testing'
import t from 'tap'
import { atStep, half, served } from './deployments/waiting.js'
import { createDeploymentWorld } from './deployments/world.js'

t.setTimeout(600_000)

t.test('plugins that die in the middle are waited for, whoever it is', async (t) => {
  const world = await createDeploymentWorld(t)
  await world.deploy(world.spec(0))
  let release = 0
  for (const victim of [
    'group',
    'registry-embedded',
    'proxy-embedded',
    'instance-process',
    'flavor-vanilla',
  ] as const) {
    const deployment = await world.deployment()
    const { ID } = await deployment.deploy({ Spec: world.spec(++release, { Strategy: half }) })
    await atStep(world, 'watch')
    const promoted = deployment.promote({ Service: 'shop' })
    await world.kill(victim)
    await promoted.catch(() => undefined)
    await sleep(300)
    await world.start(victim)
    const report = await world.ended(ID)
    t.ok(
      ['succeeded', 'reverted'].includes(report.State),
      `${victim} killed: ${report.State} ${report.Failure?.Message ?? ''}`,
    )
    const active = await served(world, 2)
    t.equal(active === report.Release, report.State === 'succeeded', `${victim} killed: one release has all requests`)
  }
})

t.test('a paused owner that comes back can do nothing more', async (t) => {
  const world = await createDeploymentWorld(t)
  await world.deploy(world.spec(1))
  const before = await world.snapshot()
  await world.kill('deployment')
  const first = await world.startDeployment({})
  const deployment = await world.deployment()
  const { ID } = await deployment.deploy({ Spec: world.spec(2, { Strategy: half }) })
  await atStep(world, 'watch')
  process.kill(first.pid, 'SIGSTOP')
  t.teardown(
    () => void (first.child.exitCode === null && first.child.signalCode === null && process.kill(first.pid, 'SIGCONT')),
  )
  const second = await world.start('deployment', { args: ['--name', 'deployment-2', '--lease', '5s'] })
  t.ok(second.pid)
  const other = await world.plugins.get(deploymentInterface, 'deployment-2')
  const takenBack = async () => {
    await other.abort({ Service: 'shop', Reason: 'the owner is silent' }).catch(() => undefined)
    const { Description } = await other.describe({ Service: 'shop' })
    const [active] = Description.Traffic
    return Description.Deployment?.State === 'reverting' && Description.Traffic.length === 1 && active?.Release === 1
  }
  await waitUntil('it to be taken over, and all requests to go to the old release', takenBack, 120_000)
  // What it was waiting for comes now: too late.
  process.kill(first.pid, 'SIGCONT')
  await deployment.promote({ Service: 'shop' }).catch(() => undefined)
  const isEnded = async () => (await other.history({ Service: 'shop' })).Deployments.find((one) => one.ID === ID)?.Ended
  await waitUntil('all to be taken back', isEnded, 120_000)
  t.equal(await world.snapshot(), before)
  await sleep(3000)
  t.equal(await world.snapshot(), before, 'back again, it changes nothing')
  const gone = await rejection(deployment.promote({ Service: 'shop' }))
  t.type(gone, RemoteError)
  t.match(gone, { kind: 'conflict' })
})
