import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import {
  deploymentInterface,
  endpointsOf,
  proxyInterface,
  registryInterface,
  type DeploymentReport,
  type GroupDescription,
  type GroupProperties,
  type ProxyBackend,
} from '@infrakit/spi'
import { writeFileDurably } from '@infrakit/store'
import { freePort, temporaryFolder, type Teardown } from '@infrakit/testing'
import { createDeploymentWorld, type DeploymentWorld, type DeploymentWorldOptions } from '../../deployments/world.js'
import type { Row } from '../row.js'
import { median } from '../statistics.js'
import { stopwatch } from '../stopwatch.js'

const run = promisify(execFile)
const shellScript = fileURLToPath(new URL('../../../bench/floor/deploy.sh', import.meta.url))
/** Entries of the journal, and of where requests go, from all healthy to the switch. */
const writesToSwitch = 2

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
async function startDeploying(t: Teardown, registry: DeploymentWorldOptions['registry'] = 'registry-embedded') {
  const world = await createDeploymentWorld(t, { lease: '15s', registry })
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

interface Registry {
  readonly name: string
  readonly registry: 'registry-embedded' | 'registry-consul'
  readonly needs: readonly string[]
  /** What a durable write costs without us. */
  readonly write: (world: DeploymentWorld, folder: string) => Promise<void>
}

const text = 'x'.repeat(2000)

function switchRow({ name, registry, needs, write }: Registry): Row {
  return {
    name,
    title: `from all instances healthy until the first request is answered by the new release, ${registry} and proxy-embedded`,
    floorIs: `its ${writesToSwitch} durable writes`,
    needs,
    unit: 'ms',
    compare: 'difference',
    figures: [{ of: 'p50', from: median, limit: 100, bound: 'at most', aim: 100 }],
    rounds: { full: 15, quick: 2 },
    warmUp: 1,
    async open(t) {
      const { world, begin, ended } = await startDeploying(t, registry)
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
          for (let at = 0; at < writesToSwitch; at++) await write(world, folder)
          return elapsed()
        },
      }
    },
  }
}

export const deploySwitch = switchRow({
  name: 'deploy-switch',
  registry: 'registry-embedded',
  needs: [],
  write: (_world, folder) => writeFileDurably(join(folder, 'entry'), text),
})

export const deploySwitchConsul = switchRow({
  name: 'deploy-switch-consul',
  registry: 'registry-consul',
  needs: ['consul'],
  async write({ consul }) {
    const answer = await fetch(`${consul[0]?.address}/v1/kv/bare`, { method: 'PUT', body: text })
    if (!answer.ok) throw new Error(`Consul answered ${answer.status}`)
    await answer.text()
  },
})

export const deploy: Row = {
  name: 'deploy',
  title:
    'a whole blue-green deployment of two processes: the old release is drained and stopped, the one before destroyed',
  floorIs: 'a shell script that makes the same calls of the same plugins',
  needs: ['bash', 'curl', 'jq'],
  reference: { of: 'the same calls from a process that keeps its connections and hears events', aim: 1.25 },
  unit: 'ms',
  compare: 'ratio',
  figures: [{ of: 'p50', from: median, limit: 1.25, bound: 'at most' }],
  rounds: { full: 15, quick: 2 },
  warmUp: 2,
  async open(t) {
    const { world, until, begin, ended } = await startDeploying(t)
    const [shell, direct] = [await startShellScript(t, world), await startScript(world, until)]
    return {
      async ours() {
        const elapsed = stopwatch()
        await ended((await begin()).ID)
        return elapsed()
      },
      floor: () => shell(),
      reference: () => direct(),
    }
  },
}

/** What somebody writes who has no deployment plugin; see `floor/deploy.sh`. */
async function startShellScript(t: Teardown, world: DeploymentWorld): Promise<() => Promise<number>> {
  const [listen, properties] = [`127.0.0.1:${await freePort()}`, join(await temporaryFolder(t), 'properties')]
  const { Instance, Flavor } = world.spec(0).Group
  await writeFile(properties, JSON.stringify({ Allocation: { Size: 2 }, Instance, Flavor }))
  let number = 0
  return async () => {
    const elapsed = stopwatch()
    await run('bash', [shellScript, join(world.home, 'plugins'), String(++number), listen, properties])
    return elapsed()
  }
}

/** The same calls in the same order, as no shell makes them: over connections that it keeps; and it hears events. */
async function startScript(
  world: DeploymentWorld,
  until: Awaited<ReturnType<typeof createWaiting>>,
): Promise<() => Promise<number>> {
  const group = await world.group()
  const proxy = await world.plugins.get(proxyInterface, 'proxy-embedded')
  const registry = await world.plugins.get(registryInterface, 'registry-embedded')
  const port = await freePort()
  let number = 0
  const id = (of: number) => `direct-${of}`

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
  async function backendOf(of: number, Weight: number): Promise<ProxyBackend> {
    const { Instances } = (await group.describeGroup({ ID: id(of) })).Description
    const Servers = Instances.flatMap((one) => {
      const [endpoint] = endpointsOf(one)
      return endpoint ? [{ Name: one.ID, Host: endpoint.Host, Port: endpoint.Port }] : []
    })
    return { Name: id(of), Weight, Servers }
  }
  /** Applies the route, and sees that it is so. */
  async function route(Backends: ProxyBackend[]): Promise<void> {
    await proxy.apply({ Route: { Name: 'direct', Owner: 'script', Listen: `127.0.0.1:${port}`, Backends } })
    await proxy.describe({ Name: 'direct' })
  }
  const entries = (Name: string, { Servers }: ProxyBackend) =>
    Servers.map(({ Name: server, Host, Port }) => ({ Name, ID: `${Name}.${server}`, Address: Host, Port }))
  const enter = (Name: string, backend: ProxyBackend) =>
    Promise.all(entries(Name, backend).map((Service) => registry.register({ Service })))
  const leave = (Name: string, backend: ProxyBackend) =>
    Promise.all(entries(Name, backend).map(({ ID }) => registry.deregister({ ID })))

  return async () => {
    const elapsed = stopwatch()
    const old = number
    const now = ++number
    const { Lease } = await registry.acquire({ Name: 'direct', Owner: 'script', Reason: 'deploys', TTLSeconds: 15 })
    await group.commitGroup({ Spec: { ID: id(now), Properties: properties(now, 'running') }, Pretend: true })
    await commit(now, 'running')
    await converged(now)
    const before = old >= 1 ? [await backendOf(old, 1000)] : []
    const fresh = await backendOf(now, 1000)
    await Promise.all([
      route([...before, { ...fresh, Weight: old >= 1 ? 0 : 1000 }]),
      enter(`direct-${now % 2 === 0 ? 'green' : 'blue'}`, fresh),
    ])
    await Promise.all([route([...before.map((one) => ({ ...one, Weight: 0 })), fresh]), enter('direct', fresh)])
    await registry.put({ Key: 'direct/state', Value: JSON.stringify(properties(now, 'running')) })
    await Promise.all([
      route([fresh]),
      ...before.flatMap((one) => [leave('direct', one), leave(`direct-${old % 2 === 0 ? 'green' : 'blue'}`, one)]),
    ])
    if (old >= 1) {
      const drain = ({ Name: Server }: { Name: string }) =>
        proxy.drain({ Name: 'direct', Owner: 'script', Server, TimeoutSeconds: 20 }).catch(() => undefined)
      await Promise.all(before.flatMap(({ Servers }) => Servers.map(drain)))
      await commit(old, 'stopped')
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
    if (old >= 1) await converged(old)
    await registry.release(Lease)
    return elapsed()
  }
}
