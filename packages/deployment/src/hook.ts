import {
  health,
  InfrakitError,
  tag,
  type Flavor,
  type FlavorInstanceRequest,
  type HealthyResult,
  type InstanceDescription,
  type Opaque,
} from '@infrakit/spi'
import { FlavorNews } from './flavor-news.js'
import type { HookProperties } from './group-spec.js'
import type { Ports } from './ports.js'
import type { Keeper } from './traffic/keeper.js'

/** How long the user's flavor may take to judge (ms): less than a group waits for the whole. */
const judgeMs = 30_000
/** How long a judgement waits for the proxies (ms). What takes longer is told by an event. */
const liveMs = 10_000
const drainMs = 600_000

/**
 * The flavor of every group that a deployment makes. It asks the user's own flavor, and stands between it and the group:
 * an instance is healthy once that one says so and its server is live in every proxy, if it is to get requests; and it is
 * drained once nothing is in flight. So all that a group does, healing too, goes by way of the proxies.
 */
export function createHook(ports: Ports, keeperOf: (service: string) => Keeper): Flavor {
  const news = new FlavorNews(ports)

  async function userFlavor(properties: Opaque) {
    const read = readProperties(properties)
    const port = await ports.flavor(read.Flavor.Plugin)
    news.follow(read.Flavor.Plugin, port)
    return { ...read, flavor: port.flavor, inner: read.Flavor.Properties ?? null }
  }

  async function healthy(request: FlavorInstanceRequest, signal?: AbortSignal): Promise<HealthyResult> {
    const { Instance } = request
    const { Service, flavor, inner } = await userFlavor(request.Properties)
    const judged = await flavor.healthy({ Properties: inner, Instance }, { signal, timeout: judgeMs })
    const group = groupOf(Instance)
    const keeper = keeperOf(Service)
    const ready = judged.Health === health.unknown ? undefined : judged.Health === health.healthy
    const changed = keeper.members.judged(group, Instance, ready, ports.clock.now())
    await keeper.load()
    if (!keeper.concerns(group)) return judged
    const looked = changed ? keeper.sync() : Promise.resolve()
    if (ready !== true) return judged
    const late = new AbortController()
    const trouble = await Promise.race([
      looked.then(() => keeper.troubleOf(group, Instance.ID)),
      ports.clock.sleep(liveMs, late.signal).then(() => 'the proxies have not answered yet'),
    ]).finally(() => late.abort())
    return trouble === undefined ? judged : { Health: health.unknown, Reason: trouble }
  }

  return {
    async validate({ Properties, Allocation }, call) {
      const { flavor, inner } = await userFlavor(Properties)
      await flavor.validate({ Properties: inner, Allocation }, call)
    },
    async prepare({ Properties, ...request }, call) {
      const { flavor, inner } = await userFlavor(Properties)
      return flavor.prepare({ ...request, Properties: inner }, call)
    },
    healthy: (request, call) => healthy(request, call?.signal),
    async drain({ Properties, Instance, Fence }) {
      const { Service, flavor, inner } = await userFlavor(Properties)
      const keeper = keeperOf(Service)
      const group = groupOf(Instance)
      keeper.members.leaves(group, Instance, ports.clock.now())
      await keeper.load()
      if (keeper.concerns(group)) await keeper.drainMember(Instance.ID)
      await flavor.drain({ Properties: inner, Instance, Fence }, { timeout: drainMs })
    },
  }
}

function groupOf({ ID, Tags }: InstanceDescription): string {
  const group = Tags?.[tag.group]
  if (group !== undefined) return group
  throw new InfrakitError('input', `instance '${ID}' belongs to no group`, { path: 'Instance.Tags' })
}

function readProperties(properties: Opaque): HookProperties {
  const { Service, Release, Flavor } = (properties ?? {}) as Partial<HookProperties>
  if (typeof Service === 'string' && typeof Release === 'number' && typeof Flavor?.Plugin === 'string') {
    return { Service, Release, Flavor }
  }
  throw new InfrakitError('input', 'Properties: expected Service, Release and Flavor, as a deployment writes them', {
    path: 'Properties',
    hint: 'this flavor belongs to groups that `infrakit deploy` makes; others name their own flavor',
  })
}
