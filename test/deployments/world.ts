import { fileURLToPath } from 'node:url'
import {
  deploymentInterface,
  proxyInterface,
  registryInterface,
  type Deployment,
  type DeploymentReport,
  type DeploymentSpec,
} from '@infrakit/spi'
import { freePort, waitUntil, type StartedProcess, type Teardown } from '@infrakit/testing'
import { ownConsul } from '@infrakit/testing/consul'
import { testImage } from '@infrakit/testing/engine'
import { createRealWorld, type RealPlugin, type RealWorld } from '../environment/real-world.js'

const server = fileURLToPath(new URL('../load/switch-server.js', import.meta.url))
/** For a deployment to end (ms). Generous: nothing is judged by it. */
const endMs = 180_000

export interface DeploymentWorldOptions {
  readonly proxy?: 'proxy-embedded' | 'proxy-haproxy' | 'proxy-nginx'
  /** What the instances are; containers are recorded in a Consul of their own. Default `process`. */
  readonly kind?: 'process' | 'container'
  /** How the deployment plugin is started. */
  readonly env?: Record<string, string>
  /** Seconds; short ones are taken over sooner. */
  readonly lease?: string
}

/** Plugins as processes of their own that deploy a service called `shop`, whose instances are processes too. */
export interface DeploymentWorld extends RealWorld {
  /** Where the service is reached. */
  readonly port: number
  deployment(): Promise<Deployment>
  /** The service's specification; its servers say that they are `release`. */
  spec(release: string | number, more?: Partial<DeploymentSpec>): DeploymentSpec
  /** Deploys and waits for the end. */
  deploy(spec: DeploymentSpec): Promise<DeploymentReport>
  /** Waits until the deployment of that ID has ended, also while the plugin is away. */
  ended(id: string): Promise<DeploymentReport>
  /** Starts the deployment plugin again after it has died. */
  startDeployment(env?: Record<string, string>): Promise<StartedProcess>
  /** All that a deployment may change, as text without what differs from instance to instance. */
  snapshot(): Promise<string>
}

export async function createDeploymentWorld(
  t: Teardown,
  { proxy = 'proxy-embedded', kind = 'process', env = {}, lease = '5s' }: DeploymentWorldOptions = {},
): Promise<DeploymentWorld> {
  const [world, port] = [await createRealWorld(t, 120_000), await freePort()]
  const instances = kind === 'process' ? 'instance-process' : 'instance-docker'
  const registryName = kind === 'process' ? 'registry-embedded' : 'registry-consul'
  const started: RealPlugin[] = [proxy, instances, 'flavor-vanilla', 'group']
  await Promise.all(started.map((name) => world.start(name)))
  const args = kind === 'process' ? [] : ['--address', (await ownConsul(t))[0].address]
  await world.start(registryName, { args })
  const startDeployment = (more: Record<string, string> = env) =>
    world.start('deployment', { args: ['--lease', lease], env: more })
  await startDeployment()
  const deployment = () => world.plugins.get(deploymentInterface, 'deployment')

  function spec(release: string | number, more: Partial<DeploymentSpec> = {}): DeploymentSpec {
    return {
      Service: 'shop',
      Parameters: { says: String(release) },
      Group: {
        Size: 2,
        Instance: {
          Plugin: instances,
          Properties:
            kind === 'process'
              ? {
                  Command: [process.execPath, server],
                  Environment: { RELEASE: '${says}' },
                  Ports: [{ Name: 'http' }],
                  StopGrace: '5s',
                }
              : { image: testImage('node-server'), environment: { RELEASE: '${says}' }, ports: [8080] },
        },
        Flavor: {
          Plugin: 'flavor-vanilla',
          Properties: { Health: { HTTP: { Path: '/health' }, Interval: '200ms', StartPeriod: '30s' } },
        },
      },
      Proxies: [proxy],
      Routes: [{ Name: 'shop', Listen: `127.0.0.1:${port}` }],
      Deadlines: { Start: '60s', Drain: '20s' },
      ...more,
    }
  }

  async function ended(id: string): Promise<DeploymentReport> {
    const isEnded = async () => {
      const { Deployments } = await (await deployment()).history({ Service: 'shop' })
      const report = Deployments.find(({ ID }) => ID === id)
      return report?.Ended ? report : undefined
    }
    return waitUntil(`${id} to end`, () => isEnded().catch(() => undefined), endMs)
  }

  async function deploy(Spec: DeploymentSpec): Promise<DeploymentReport> {
    const { ID } = await (await deployment()).deploy({ Spec })
    return ended(ID)
  }

  async function snapshot(): Promise<string> {
    const group = await world.group()
    const { Groups } = await group.inspectGroups({})
    const groups = await Promise.all(
      (Groups ?? []).map(async ({ ID }) => {
        const { Description } = await group.describeGroup({ ID })
        const members = Description.Instances.map(({ Tags, LogicalID, State }) =>
          [LogicalID, Tags?.['infrakit.config_sha'], State ?? 'running'].join(' '),
        )
        return [ID, Description.Size, members.sort()]
      }),
    )
    const registry = await world.plugins.get(registryInterface, registryName)
    const { Entries } = await registry.list({ Prefix: 'deployment' })
    const outside = /\/(journal|plan|history\/\d+|logs\/\d+)$/
    const keys = Entries.filter(({ Key }) => !outside.test(Key)).map(({ Key, Value }) => [Key, Value])
    const { Services } = await registry.services({})
    const catalogue = Services.map(({ Name, Tags }) => [Name, ...(Tags ?? [])].join(' ')).sort()
    const proxies = await world.plugins.get(proxyInterface, proxy)
    const { Routes } = await proxies.list({})
    const live = await Promise.all(
      Routes.map(async ({ Route }) => {
        const found = await proxies.describe({ Name: Route.Name })
        const named = new Set(Route.Backends.flatMap(({ Servers }) => Servers.map(({ Name }) => Name)))
        const servers = found.Route.Servers.filter(({ Name }) => named.has(Name))
        return [Route.Name, ...servers.map(({ Backend, State, Share }) => `${Backend} ${State} ${Share}`).sort()]
      }),
    )
    return JSON.stringify({ groups, keys, catalogue, live }, null, 1)
  }

  return { ...world, port, deployment, spec, deploy, ended, startDeployment, snapshot }
}
