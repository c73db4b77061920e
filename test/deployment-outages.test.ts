import { randomBytes, randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { registryInterface, type DeploymentSpec } from '@infrakit/spi'
import { rejection, skipFor, waitUntil } from '@infrakit/testing'
import { docker, loseConfig, needsDocker, push, startRegistry, testImage, variant } from '@infrakit/testing/engine'
import t from 'tap'
import { atStep, half, served } from './deployments/waiting.js'
import { createDeploymentWorld, type DeploymentWorld } from './deployments/world.js'
import { end, processesIn } from './environment/processes-in.js'
import { mountSmallDisk, whereMountsAreAllowed, type SmallDisk } from './environment/small-disk.js'
import { skipWithout } from './load/proxies.js'
import { startSwitchLoad } from './load/switch-load.js'

t.setTimeout(600_000)

/** Which of the servers leads, by its own word. */
async function leaderOf({ consul }: DeploymentWorld) {
  const leads = async (address: string) => {
    const answer = await fetch(`${address}/v1/agent/self`, { signal: AbortSignal.timeout(5000) })
    return ((await answer.json()) as { Stats: { consul: { leader: string } } }).Stats.consul.leader === 'true'
  }
  return waitUntil('a leader', async () => {
    const found = await Promise.all(consul.map(({ address }) => leads(address)))
    return consul[found.indexOf(true)]
  })
}

t.test("Consul's leader is killed in the middle of a deployment", { skip: skipFor(['consul']) }, async (t) => {
  const world = await createDeploymentWorld(t, { registry: 'registry-consul', consulServers: 3, lease: '30s' })
  await world.deploy(world.spec(0))
  const load = startSwitchLoad(t, { port: world.port, clients: 2 })
  const deployment = await world.deployment()
  const { ID } = await deployment.deploy({ Spec: world.spec(1, { Strategy: half }) })
  await atStep(world, 'watch')
  const leader = await leaderOf(world)
  await leader.end('SIGKILL')
  // That it was said is written down once there is another leader.
  await deployment.promote({ Service: 'shop' }, { timeout: 120_000 })
  const report = await world.ended(ID)
  t.equal(report.State, 'succeeded', report.Failure?.Message ?? '')
  t.equal(await served(world, 2), 2)
  t.equal((await load.stop()).failures.length, 0, 'no request failed')
  await leader.start()
})

t.test('HAProxy is killed in the middle of a switch', { skip: skipWithout('proxy-haproxy') }, async (t) => {
  const world = await createDeploymentWorld(t, { proxy: 'proxy-haproxy' })
  await world.deploy(world.spec(0))
  let dead = 0
  await world.hear('deployment', 'deployments', ({ Type, Message }) => {
    if (Type !== 'step' || !/^Send all requests/.test(Message ?? '')) return
    for (const pid of processesIn(world.home).filter(isHaproxy)) {
      end(pid)
      dead++
    }
  })
  for (let release = 1; release <= 3; release++) {
    const report = await world.deploy(world.spec(release))
    t.equal(report.State, 'succeeded', report.Failure?.Message ?? '')
    t.equal(await served(world, 2), report.Release)
    const load = startSwitchLoad(t, { port: world.port, clients: 2 })
    load.expect(release)
    await waitUntil('requests to be made', () => load.made() > 50)
    t.same((await load.stop()).failures, [], 'it serves the new release, and nothing fails any more')
  }
  t.ok(dead >= 3, `${dead} processes of HAProxy were killed`)
})

function isHaproxy(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith('haproxy')
  } catch {
    return false
  }
}

/** Until nothing can be written any more: the database has room of its own, too. */
async function fill(world: DeploymentWorld, disk: SmallDisk): Promise<void> {
  disk.fill()
  const registry = await world.plugins.get(registryInterface, 'registry-embedded')
  for (const size of [30_000, 300, 300]) {
    const write = () => registry.put({ Key: `ballast/${randomUUID()}`, Value: randomBytes(size).toString('hex') })
    while ((await rejection(write())) === undefined);
  }
}

t.test("the registry's disk is full in the middle of a deployment", whereMountsAreAllowed, async (t) => {
  let mounted: SmallDisk | undefined
  const world = await createDeploymentWorld(t, {
    beforeStart: (home) => void (mounted = mountSmallDisk(t, join(home, 'state', 'registry-embedded'), 24 * 1024)),
  })
  const disk = mounted as unknown as SmallDisk
  await world.deploy(world.spec(0))
  const load = startSwitchLoad(t, { port: world.port, clients: 2 })
  const deployment = await world.deployment()
  const { ID } = await deployment.deploy({ Spec: world.spec(1, { Strategy: half }) })
  await atStep(world, 'watch')
  await fill(world, disk)
  const promoted = deployment.promote({ Service: 'shop' }, { timeout: 120_000 }).catch(() => undefined)
  const told = async () => {
    const { Description } = await deployment.describe({ Service: 'shop' })
    return /ENOSPC|no space/i.test(Description.Deployment?.Doing ?? '')
  }
  await waitUntil('it to say that the disk is full', told, 60_000)
  disk.free()
  await promoted
  const finish = async () => {
    await deployment.promote({ Service: 'shop' }).catch(() => undefined)
    const { Description } = await deployment.describe({ Service: 'shop' })
    return Description.Deployment?.Ended
  }
  await waitUntil('it to go on', finish, 120_000)
  t.equal((await world.ended(ID)).State, 'succeeded')
  t.equal(await served(world, 2), 2)

  await fill(world, disk)
  const before = await world.snapshot()
  const refused = await rejection(deployment.deploy({ Spec: world.spec(2) }, { timeout: 60_000 }))
  t.match(refused, { kind: 'plugin-failed', message: /ENOSPC/, hint: /Free some space/ })
  t.equal(await world.snapshot(), before, 'nothing was begun')
  disk.free()
  t.equal((await world.deploy(world.spec(2))).State, 'succeeded')
  t.equal((await load.stop()).failures.length, 0, 'no request failed')
})

t.test(
  'an image that cannot be pulled ends a deployment before anything is changed, also where the old release would be stopped first',
  { skip: needsDocker.skip || skipFor(['docker-registry']) },
  async (t) => {
    const world = await createDeploymentWorld(t, { instances: 'docker' })
    await world.deploy(world.spec(1))
    const registry = await startRegistry(t)
    const local = variant(t, testImage('node-server'))
    const image = `${registry.host}/app:1`
    const digest = push(local, image)
    docker('rmi', '--force', local)
    await loseConfig(registry, digest)
    const before = await world.snapshot()
    const load = startSwitchLoad(t, { port: world.port, clients: 2 })
    const good = world.spec(2, { Strategy: { Type: 'recreate' } })
    const Properties = { ...(good.Group.Instance.Properties as object), image }
    const report = await world.deploy({
      ...good,
      Group: { ...good.Group, Instance: { Plugin: 'instance-docker', Properties } },
    })
    t.match(report, { State: 'reverted', Failure: { Step: 'pull', Message: new RegExp(`pull ${registry.host}/app@`) } })
    t.equal(await world.snapshot(), before)
    t.equal((await load.stop()).failures.length, 0, 'no request failed')
  },
)

t.test('an image that does not exist is refused before anything is made', needsDocker, async (t) => {
  const world = await createDeploymentWorld(t, { instances: 'docker' })
  await world.deploy(world.spec(1))
  const before = await world.snapshot()
  const good = world.spec(2)
  const Properties = { ...(good.Group.Instance.Properties as object), image: 'localhost:1/nobody/nothing:1' }
  const Spec: DeploymentSpec = {
    ...good,
    Group: { ...good.Group, Instance: { Plugin: 'instance-docker', Properties } },
  }
  const refused = await rejection((await world.deployment()).deploy({ Spec }))
  t.match(refused, { message: /localhost:1\/nobody\/nothing:1/ })
  t.equal(await world.snapshot(), before)
})
