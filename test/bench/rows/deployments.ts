import { join } from 'node:path'
import {
  deploymentInterface,
  endpointsOf,
  proxyInterface,
  type DeploymentReport,
  type GroupDescription,
  type GroupProperties,
} from '@infrakit/spi'
import { writeFileDurably } from '@infrakit/store'
import { freePort, temporaryFolder, type Teardown } from '@infrakit/testing'
import { createDeploymentWorld, type DeploymentWorld } from '../../deployments/world.js'
import type { Row } from '../row.js'
import { median } from '../statistics.js'
import { stopwatch } from '../stopwatch.js'

/** Entries of the journal, and of where requests go, from all healthy to the switch. */
const writesToSwitch = 4

/** Hears what plugins tell, and answers when something of it has come true. */
async function createWaiting(world: DeploymentWorld) {
  const listeners = new Set<() => void>()
  const wake = () => listeners.forEach((listener) => listener())
  await world.hear('group', 'group', wake)
  await world.hear('deployment', 'deployments', wake)
  return async function until<T>(look: () => Promise<T | undefined | false>): Promise<T> {
    for (;;) {
      let timer: NodeJS.Timeout | undefined
      const next = new Promise<void>((resolve) => {
        listeners.add(resolve)
        timer = setTimeout(resolve, 200)
      })
      const found = await look()
      if (found !== undefined && found !== false) return found
      await next
      clearTimeout(timer)
      listeners.clear()
    }
  }
}

/** Deploys one release after the other. */
async function startDeploying(t: Teardown) {
  const world = await createDeploymentWorld(t, { lease: '15s' })
  const until = await createWaiting(world)
  const deployment = await world.plugins.get(deploymentInterface, 'deployment')
  let release = 0
  const begin = async () => {
    const { ID } = await deployment.deploy({ Spec: world.spec(++release) })
    return { ID, release }
  }
  async function ended(id: string): Promise<DeploymentReport> {
    const report = await until(async () => {
      const { Description } = await deployment.describe({ Service: 'shop' })
      return Description.Deployment?.ID === id && Description.Deployment.Ended ? Description.Deployment : undefined
    })
    if (report.State !== 'succeeded') throw new Error(JSON.stringify(report.Failure))
    return report
  }
  await ended((await begin()).ID)
  return { world, until, deployment, begin, ended }
}

async function releaseThatAnswers(port: number): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${port}/`)
  return ((await answer.json()) as { release: string }).release
}

export const deploySwitch: Row = {
  name: 'deploy-switch',
  title:
    'from all instances healthy until the first request is answered by the new release, embedded registry and proxy',
  floorIs: `its ${writesToSwitch} durable writes`,
  unit: 'ms',
  compare: 'difference',
  figures: [{ of: 'p50', from: median, limit: 100, bound: 'at most', aim: 100 }],
  rounds: { full: 15, quick: 2 },
  warmUp: 1,
  async open(t) {
    const { world, begin, ended } = await startDeploying(t)
    const folder = await temporaryFolder(t)
    let healthyAt: (() => number) | undefined
    let group = ''
    await world.hear('group', 'group', ({ ID, Type }) => {
      if (ID === group && Type === 'converged') healthyAt ??= stopwatch()
    })
    return {
      async ours() {
        healthyAt = undefined
        group = ''
        const { ID, release } = await begin()
        group = `shop-${release}`
        while ((await releaseThatAnswers(world.port)) !== String(release));
        const took = healthyAt as (() => number) | undefined
        if (!took) throw new Error('nobody has told that all are healthy')
        const ms = took()
        await ended(ID)
        return ms
      },
      async floor() {
        const elapsed = stopwatch()
        for (let at = 0; at < writesToSwitch; at++) await writeFileDurably(join(folder, 'entry'), 'x'.repeat(2000))
        return elapsed()
      },
    }
  },
}

export const deploy: Row = {
  name: 'deploy',
  title:
    'a whole blue-green deployment of two processes: the old release is drained and stopped, the one before destroyed',
  floorIs: 'a script that makes the same calls of the same plugins, and waits for their events',
  unit: 'ms',
  compare: 'ratio',
  figures: [{ of: 'p50', from: median, limit: 1.25, bound: 'at most' }],
  rounds: { full: 15, quick: 2 },
  warmUp: 2,
  async open(t) {
    const { world, until, begin, ended } = await startDeploying(t)
    const script = await startScript(world, until)
    return {
      async ours() {
        const elapsed = stopwatch()
        await ended((await begin()).ID)
        return elapsed()
      },
      floor: () => script(),
    }
  },
}

/** What somebody would write who has no deployment plugin: the same calls, without a journal, a lease or a way back. */
async function startScript(
  world: DeploymentWorld,
  until: Awaited<ReturnType<typeof createWaiting>>,
): Promise<() => Promise<number>> {
  const group = await world.group()
  const proxy = await world.plugins.get(proxyInterface, 'proxy-embedded')
  const port = await freePort()
  let number = 0
  const id = (of: number) => `plain-${of}`

  function properties(of: number, State: 'running' | 'stopped'): GroupProperties {
    const { Instance, Flavor } = world.spec(of).Group
    const Properties = { ...(Instance.Properties as object), Environment: { RELEASE: String(of) } }
    return { Allocation: { Size: 2, State }, Instance: { ...Instance, Properties }, Flavor }
  }
  const commit = (of: number, State: 'running' | 'stopped') =>
    group.commitGroup({ Spec: { ID: id(of), Properties: properties(of, State) } })
  const converged = (of: number): Promise<GroupDescription> =>
    until(async () => {
      const { Description } = await group.describeGroup({ ID: id(of) })
      return Description.Converged && Description
    })

  return async () => {
    const elapsed = stopwatch()
    const old = number
    const now = ++number
    await commit(now, 'running')
    const { Instances } = await converged(now)
    const Servers = Instances.flatMap((one) =>
      endpointsOf(one)
        .slice(0, 1)
        .map(({ Host, Port }) => ({ Name: one.ID, Host, Port })),
    )
    const Route = { Name: 'plain', Owner: 'script', Listen: `127.0.0.1:${port}`, Backends: [{ Name: 'all', Servers }] }
    await proxy.apply({ Route })
    if (old >= 1) {
      const former = (await group.describeGroup({ ID: id(old) })).Description.Instances
      const drain = ({ ID }: { ID: string }) =>
        proxy.drain({ Name: 'plain', Owner: 'script', Server: ID, TimeoutSeconds: 20 }).catch(() => undefined)
      await Promise.all(former.map(drain))
      await commit(old, 'stopped')
      await converged(old)
    }
    if (old >= 2) {
      await group.destroyGroup({ ID: id(old - 1) })
      await until(() =>
        group.describeGroup({ ID: id(old - 1) }).then(
          () => undefined,
          () => true,
        ),
      )
    }
    return elapsed()
  }
}
