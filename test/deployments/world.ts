import {
  deploymentInterface,
  proxyInterface,
  registryInterface,
  type Deployment,
  type DeploymentReport,
  type DeploymentSpec,
} from '@infrakit/spi'
import { freePort, waitUntil, type StartedProcess, type Teardown } from '@infrakit/testing'
import { ownConsul, type OwnConsul } from '@infrakit/testing/consul'
import { createRealWorld, type RealPlugin, type RealWorld } from '../environment/real-world.js'
import { serversOf, type InstanceKind, type Servers } from './servers.js'

/** What servers may be told; see `switch-server`. */
const variables = ['RELEASE', 'DELAY_MS']
/** For a deployment to end (ms). Generous: nothing is judged by it. */
const endMs = 180_000

export interface DeploymentWorldOptions {
  readonly proxy?: 'proxy-embedded' | 'proxy-haproxy' | 'proxy-nginx'
  /** What the instances are. Default `process`. */
  readonly instances?: InstanceKind
  /** Where all is recorded; a Consul is one of this world's own. Default the embedded one. */
  readonly registry?: 'registry-embedded' | 'registry-consul'
  /** How the deployment plugin is started. */
  readonly env?: Record<string, string>
  /** Seconds; short ones are taken over sooner. */
  readonly lease?: string
  /** Of a Consul; default 1. */
  readonly consulServers?: number
  /** Another site, with whose Consul this one records what it does. */
  readonly sharing?: DeploymentWorld
  /** Called before any plugin runs, with the folder of all. */
  readonly beforeStart?: (home: string) => void
}

/** Plugins as processes of their own that deploy a service called `shop`. */
export interface DeploymentWorld extends RealWorld {
  /** Where the service is reached. */
  readonly port: number
  /** Makes its instances. */
  readonly servers: Servers
  /** Servers of the registry, if that is Consul. */
  readonly consul: readonly OwnConsul[]
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
  options: DeploymentWorldOptions = {},
): Promise<DeploymentWorld> {
  const { proxy = 'proxy-embedded', instances = 'process', registry = 'registry-embedded' } = options
  const { env = {}, lease = '5s' } = options
  const servers = await serversOf(t, instances, variables)
  const [world, port] = [await createRealWorld(t, 120_000), await freePort()]
  options.beforeStart?.(world.home)
  const started: RealPlugin[] = [proxy, `instance-${instances}`, 'flavor-vanilla', 'group']
  await Promise.all(started.map((name) => world.start(name)))
  const own = () => (registry === 'registry-consul' ? ownConsul(t, { servers: options.consulServers ?? 1 }) : [])
  const consul = options.sharing?.consul ?? (await own())
  await world.start(registry, { args: consul.flatMap(({ address }) => ['--address', address]) })
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
        Instance: servers({ RELEASE: '${says}' }),
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
    const records = await world.plugins.get(registryInterface, registry)
    const { Entries } = await records.list({ Prefix: 'deployment' })
    const outside = /\/(journal|plan|history\/\d+|logs\/\d+)$/
    const keys = Entries.filter(({ Key }) => !outside.test(Key)).map(({ Key, Value }) => [Key, Value])
    const { Services } = await records.services({})
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

  return { ...world, port, servers, consul, deployment, spec, deploy, ended, startDeployment, snapshot }
}
