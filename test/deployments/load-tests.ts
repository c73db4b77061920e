import { request } from 'node:http'
import { once } from 'node:events'
import { endpointsOf, type DeploymentReport, type DeploymentSpec } from '@infrakit/spi'
import { waitUntil } from '@infrakit/testing'
import { needsDocker } from '@infrakit/testing/engine'
import type { Test } from 'tap'
import { skipWithout, type ProxyName } from '../load/proxies.js'
import { startSwitchLoad, type SwitchLoad } from '../load/switch-load.js'
import { figure, soaked } from '../soak/soak.js'
import type { InstanceKind } from './servers.js'
import { createDeploymentWorld, type DeploymentWorld } from './world.js'

const clients = 16
const requests = soaked(2000, 200_000)
const deployments = soaked(2, 20)

/** A deployment under load, which asks for the world after it. */
interface Change {
  readonly name: string
  readonly make: (world: DeploymentWorld, load: SwitchLoad) => Promise<void>
}

async function succeeded(world: DeploymentWorld, spec: DeploymentSpec): Promise<DeploymentReport> {
  const report = await world.deploy(spec)
  if (report.State !== 'succeeded') throw new Error(JSON.stringify(report.Failure))
  return report
}

/** What a service goes through in its life, in an order in which each finds what it needs. */
const changes: readonly Change[] = [
  {
    name: 'a canary through 4 steps',
    async make(world, load) {
      const Steps = ['5%', '20%', '50%', '80%']
      await succeeded(world, world.spec(1001, { Strategy: { Type: 'canary', Steps, Pause: '1s' } }))
      load.expect(1001)
    },
  },
  {
    name: 'a rollback',
    async make(world, load) {
      load.expect(0)
      const { ID } = await (await world.deployment()).rollback({ Service: 'shop' })
      await world.ended(ID ?? '')
    },
  },
  {
    name: 'a rolling update',
    async make(world, load) {
      const group = { ...world.spec(1002).Group, Updating: { MaxSurge: 1 } }
      await succeeded(world, world.spec(1002, { Group: group, Strategy: { Type: 'rolling' } }))
      load.expect(1002)
    },
  },
  {
    name: 'an aborted deployment',
    async make(world) {
      const deployment = await world.deployment()
      const Strategy = { Type: 'canary' as const, Steps: ['50%'], Manual: true }
      const { ID } = await deployment.deploy({ Spec: world.spec(1003, { Strategy }) })
      await waitUntil(
        'the canary to wait',
        async () => {
          const { Description } = await deployment.describe({ Service: 'shop' })
          return Description.Deployment?.Steps.some(
            ({ Name, State }) => Name.startsWith('watch') && State === 'running',
          )
        },
        60_000,
      )
      await deployment.abort({ Service: 'shop' })
      const { State } = await world.ended(ID)
      if (State !== 'reverted') throw new Error(`it ${State}`)
    },
  },
  {
    name: 'a heal',
    async make(world) {
      const { Description } = await (await world.deployment()).describe({ Service: 'shop' })
      const [active] = Description.Releases
      const ID = active?.Group ?? ''
      const group = await world.group()
      const { Instances } = (await group.describeGroup({ ID })).Description
      const [sick] = Instances
      const [endpoint] = sick ? endpointsOf(sick) : []
      const asked = request({ host: '127.0.0.1', port: endpoint?.Port, path: '/sick' }).end()
      await once(asked, 'response')
      const isHealed = async () => {
        const now = (await group.describeGroup({ ID })).Description
        return now.Converged && !now.Instances.some((one) => one.ID === sick?.ID)
      }
      await waitUntil('it to be replaced', isHealed, 120_000)
    },
  },
  {
    name: 'a scale down',
    async make(world) {
      const { ID } = await (await world.deployment()).scale({ Service: 'shop', Scale: '-1' })
      await world.ended(ID ?? '')
    },
  },
]

/** What holds for deployments with each proxy: no request fails in whatever a service goes through. */
export async function deploymentLoadTests(t: Test, proxy: ProxyName, instances: InstanceKind): Promise<void> {
  const skip = skipWithout(proxy) || (instances !== 'process' && needsDocker.skip)
  const way: Way = { proxy, instances, name: `${proxy}, ${instances} instances` }
  await t.test(
    `${way.name}: no request fails in ${deployments} deployments, and in what else happens to a service`,
    { skip },
    (t) => noneFails(t, way),
  )
  await t.test(
    `${way.name}, control: old instances that are stopped first, and new ones that are not ready, do show`,
    { skip },
    (t) => someFail(t, way),
  )
}

interface Way {
  readonly proxy: ProxyName
  readonly instances: InstanceKind
  readonly name: string
}

async function noneFails(t: Test, { proxy, instances, name: way }: Way): Promise<void> {
  const world = await createDeploymentWorld(t, { proxy, instances, lease: '15s' })
  await succeeded(world, world.spec(0))
  const load = startSwitchLoad(t, { port: world.port, clients })
  for (let at = 1; at <= deployments; at++) {
    const due = ((at - 0.5) / deployments) * requests
    await waitUntil('requests to be made', () => load.made() >= due, 3_600_000)
    await succeeded(world, world.spec(at))
    load.expect(at)
    t.equal(load.failed(), 0, `deployment ${at}`)
  }
  await waitUntil('requests to be made', () => load.made() >= requests, 3_600_000)
  figure(`${way}: failed of ${load.made()} requests in ${deployments} deployments`, load.failed())
  for (const { name, make } of changes) {
    const [before, failed] = [load.made(), load.failed()]
    await make(world, load)
    t.equal(load.failed(), failed, name)
    t.ok(load.made() > before)
    figure(`${way}: failed of ${load.made() - before} requests in ${name}`, load.failed() - failed)
  }
  const { failures, fewest, answered } = await load.stop()
  t.same(failures.slice(0, 10), [])
  t.ok(fewest > 0, `${answered} requests; the laziest client made ${fewest}`)
}

async function someFail(t: Test, { proxy, instances, name: way }: Way): Promise<void> {
  const world = await createDeploymentWorld(t, { proxy, instances, lease: '15s' })
  await succeeded(world, world.spec(0))
  const load = startSwitchLoad(t, { port: world.port, clients: 4 })
  await succeeded(world, world.spec(1, { Strategy: { Type: 'recreate' } }))
  t.ok(load.failed() > 0, `${load.failed()} failed while nobody served`)
  figure(`${way}, old instances stopped before new ones serve: failed of ${load.made()}`, load.failed())
  const before = load.failed()
  const unready = world.spec(2)
  // Longer than a busy machine takes from the start to the switch.
  const Instance = world.servers({ RELEASE: '2', DELAY_MS: '10000' })
  // Nobody looks whether they are well: they get requests before they listen.
  const Group = { ...unready.Group, Instance, Flavor: { Plugin: 'flavor-vanilla' } }
  await succeeded(world, { ...unready, Group })
  t.ok(load.failed() > before, `${load.failed() - before} failed for what was not ready`)
  figure(`${way}, switched before healthy: failed of ${load.made()}`, load.failed() - before)
  await load.stop()
}
