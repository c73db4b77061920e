import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createPlugins, probe, type Plugins } from '@infrakit/discovery'
import { groupInterface, type Event, type Group, type GroupDescription } from '@infrakit/spi'
import { startProcess, temporaryFolder, waitUntil, type StartedProcess, type Teardown } from '@infrakit/testing'
import { docker, unique } from '@infrakit/testing/engine'

const executables = {
  group: 'group/bin/infrakit-group-default.js',
  'flavor-vanilla': 'flavor-vanilla/bin/infrakit-flavor-vanilla.js',
  'instance-docker': 'instance-docker/bin/infrakit-instance-docker.js',
  'instance-process': 'instance-process/bin/infrakit-instance-process.js',
} as const

export type RealPlugin = keyof typeof executables

/** Label of containers that belong to a world; its value is the world's namespace. */
export const ownerLabel = 'infrakit.instance-docker'

/** Plugins as processes of their own in a home of their own; what they made is removed when it is over. */
export interface RealWorld {
  readonly plugins: Plugins
  /** Whose containers are instances of this world. */
  readonly namespace: string
  /** Starts a plugin and waits until it answers. Fails with its words when it ends instead. */
  start(name: RealPlugin): Promise<StartedProcess>
  /** Kills it and starts it again. */
  restart(name: RealPlugin): Promise<void>
  group(): Promise<Group>
  /** Calls back with every event of a topic of a plugin; resolves once the stream is open. */
  hear(plugin: RealPlugin, topic: string, listener: (event: Event) => void): Promise<void>
  /** Resolves once the group is as it should be and has so many members. */
  settled(id: string, size: number): Promise<GroupDescription>
}

export async function createRealWorld(t: Teardown, settleMs = 60_000): Promise<RealWorld> {
  const home = await temporaryFolder(t)
  const namespace = unique('world')
  // Registered before the plugins are: these have ended when it is done, and make nothing new.
  t.teardown(() => endProcessesIn(home))
  let containers = false
  t.teardown(() => (containers ? removeContainersOf(namespace) : undefined))
  const pluginsDir = join(home, 'plugins')
  await mkdir(pluginsDir, { mode: 0o700 })
  const plugins = createPlugins(pluginsDir)
  const ended = new AbortController()
  t.teardown(() => {
    ended.abort()
    plugins.close()
  })

  const running = new Map<RealPlugin, StartedProcess>()

  async function start(name: RealPlugin): Promise<StartedProcess> {
    const script = fileURLToPath(new URL(`../../../plugins/${executables[name]}`, import.meta.url))
    containers ||= name === 'instance-docker'
    const args = name === 'instance-docker' ? ['--namespace', namespace] : []
    const started = startProcess(t, script, args, { INFRAKIT_HOME: home, INFRAKIT_PLUGINS_DIR: pluginsDir })
    running.set(name, started)
    const answers = async () => {
      if (started.child.exitCode !== null) return 'ended'
      const found = (await plugins.list()).find(({ pid }) => pid === started.pid)
      return found !== undefined && (await probe(found.address)) === 'alive'
    }
    if ((await waitUntil(`${name} to answer`, answers, settleMs)) !== 'ended') return started
    throw new Error(`${name} ended instead of serving: ${started.output()}`)
  }

  async function restart(name: RealPlugin): Promise<void> {
    await running.get(name)?.end('SIGKILL')
    await start(name)
  }

  const group = () => plugins.get(groupInterface, 'group')

  async function hear(plugin: RealPlugin, topic: string, event: (event: Event) => void): Promise<void> {
    const client = await plugins.client(plugin)
    await new Promise<void>((connected) => client.subscribe(topic, { connected, event, signal: ended.signal }))
  }

  async function settled(ID: string, size: number): Promise<GroupDescription> {
    const isSettled = async () => {
      const { Description } = await (await group()).describeGroup({ ID })
      return Description.Converged && Description.Instances.length === size && Description
    }
    return waitUntil(`group '${ID}' to have ${size} and converge`, isSettled, settleMs)
  }

  return { plugins, namespace, start, restart, group, hear, settled }
}

/** Removes the containers of a world, also one that the engine was still making. */
export async function removeContainersOf(namespace: string): Promise<void> {
  const list = () => docker('ps', '-aq', '--filter', `label=${ownerLabel}=${namespace}`).split('\n').filter(Boolean)
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

/** Kills the processes that were begun for a folder: they run in it, or were told of it. */
async function endProcessesIn(folder: string): Promise<void> {
  const own = () =>
    readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && Number(pid) !== process.pid && concerns(pid, folder))
  await waitUntil('processes to be gone', () => {
    const pids = own()
    for (const pid of pids) {
      try {
        process.kill(Number(pid), 'SIGKILL')
      } catch {
        // It has gone meanwhile.
      }
    }
    return pids.length === 0
  })
}

function concerns(pid: string, folder: string): boolean {
  try {
    const told = readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`${folder}/`)
    return told || `${readlinkSync(`/proc/${pid}/cwd`)}/`.startsWith(`${folder}/`)
  } catch {
    return false
  }
}
