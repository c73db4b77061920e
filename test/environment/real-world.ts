import type { Plugins } from '@infrakit/discovery'
import { groupInterface, type Event, type Group, type GroupDescription } from '@infrakit/spi'
import { temporaryFolder, waitUntil, type StartedProcess, type Teardown } from '@infrakit/testing'
import { docker, unique } from '@infrakit/testing/engine'
import { createWorld, type PluginName, type StartOptions } from '../faults/world.js'
import { endProcessesIn } from './processes-in.js'

export type RealPlugin = Exclude<PluginName, 'instance-file'>

/** Label of containers that belong to a world; its value is the world's namespace. */
export const ownerLabel = 'infrakit.instance-docker'
const composeLabel = 'infrakit.instance-compose'

/** Plugins as processes of their own in a home of their own; what they made is removed when it is over. */
export interface RealWorld {
  readonly home: string
  readonly plugins: Plugins
  /** Whose containers are instances of this world. */
  readonly namespace: string
  /** Starts a plugin and waits until it answers. Fails with its words when it ends instead. */
  start(name: RealPlugin, options?: StartOptions): Promise<StartedProcess>
  /** `kill -9`; answers when the process is gone. */
  kill(name: RealPlugin): Promise<void>
  /** Kills it and starts it again. */
  restart(name: RealPlugin): Promise<void>
  group(): Promise<Group>
  /** Calls back with every event of a topic of a plugin, until `stop`; resolves once the stream is open. */
  hear(plugin: RealPlugin, topic: string, listener: (event: Event) => void): Promise<{ stop(): void }>
  /** Resolves once the group is as it should be and has so many members. */
  settled(id: string, size: number): Promise<GroupDescription>
}

/** @param managers sockets of the swarm that `instance-swarm` is given */
export async function createRealWorld(
  t: Teardown,
  settleMs = 60_000,
  managers: readonly string[] = [],
): Promise<RealWorld> {
  const home = await temporaryFolder(t)
  const namespace = unique('world')
  // Registered before the plugins are: these have ended when it is done, and make nothing new.
  t.teardown(() => endProcessesIn(home))
  let containers = false
  t.teardown(() => (containers ? removeContainersOf(namespace) : undefined))
  const own = ['--namespace', namespace]
  const hosts = managers.flatMap((path) => ['--host', `unix://${path}`])
  const always = {
    'instance-docker': { args: own },
    'instance-compose': { args: own },
    'instance-swarm': { args: [...own, ...hosts] },
  }
  const { plugins, ...world } = await createWorld(t, { always, home })
  const ended = new AbortController()
  t.teardown(() => ended.abort())

  async function start(name: RealPlugin, options: StartOptions = {}): Promise<StartedProcess> {
    containers ||= name === 'instance-docker' || name === 'instance-compose'
    return world.start(name, options)
  }

  async function restart(name: RealPlugin): Promise<void> {
    await world.kill(name)
    await start(name)
  }

  const group = () => plugins.get(groupInterface, 'group')

  async function hear(plugin: RealPlugin, topic: string, event: (event: Event) => void) {
    const client = await plugins.client(plugin)
    const enough = new AbortController()
    const signal = AbortSignal.any([ended.signal, enough.signal])
    await new Promise<void>((connected) => client.subscribe(topic, { connected, event, signal }))
    return { stop: () => enough.abort() }
  }

  async function settled(ID: string, size: number): Promise<GroupDescription> {
    const isSettled = async () => {
      const { Description } = await (await group()).describeGroup({ ID })
      return Description.Converged && Description.Instances.length === size && Description
    }
    return waitUntil(`group '${ID}' to have ${size} and converge`, isSettled, settleMs)
  }

  return { home, plugins, namespace, start, kill: world.kill, restart, group, hear, settled }
}

/** Removes the containers of a world, also one that the engine was still making. */
export async function removeContainersOf(namespace: string): Promise<void> {
  const of = (label: string) =>
    docker('ps', '-aq', '--filter', `label=${label}=${namespace}`).split('\n').filter(Boolean)
  const list = () => [...of(ownerLabel), ...of(composeLabel)]
  await waitUntil(
    'containers to be gone',
    () => {
      const ids = list()
      if (ids.length > 0) docker('rm', '--force', '--volumes', ...ids)
      return list().length === 0
    },
    120_000,
  )
}
