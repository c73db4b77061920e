import { readdirSync, readFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createPlugins, probe, type Plugins } from '@infrakit/discovery'
import { parseJson } from '@infrakit/rpc'
import { groupInterface, tag, type GroupSpec, type Tags } from '@infrakit/spi'
import { startProcess, temporaryFolder, waitUntil, type StartedProcess, type Teardown } from '@infrakit/testing'

const executables = {
  group: 'group/bin/infrakit-group-default.js',
  'instance-file': 'instance-file/bin/infrakit-instance-file.js',
  'instance-docker': 'instance-docker/bin/infrakit-instance-docker.js',
  'instance-compose': 'instance-compose/bin/infrakit-instance-compose.js',
  'instance-swarm': 'instance-swarm/bin/infrakit-instance-swarm.js',
  'instance-process': 'instance-process/bin/infrakit-instance-process.js',
  'flavor-vanilla': 'flavor-vanilla/bin/infrakit-flavor-vanilla.js',
  'flavor-combo': 'flavor-combo/bin/infrakit-flavor-combo.js',
  'registry-embedded': 'registry-embedded/bin/infrakit-registry-embedded.js',
  'registry-consul': 'registry-consul/bin/infrakit-registry-consul.js',
  'proxy-embedded': 'proxy-embedded/bin/infrakit-proxy-embedded.js',
  'proxy-haproxy': 'proxy-haproxy/bin/infrakit-proxy-haproxy.js',
  'proxy-nginx': 'proxy-nginx/bin/infrakit-proxy-nginx.js',
  deployment: 'deployment/bin/infrakit-deployment.js',
} as const

export type PluginName = keyof typeof executables
/** Those that most worlds have, which need nothing but folders. */
export const pluginNames = ['group', 'instance-file', 'flavor-vanilla'] as const satisfies readonly PluginName[]
export type UsualName = (typeof pluginNames)[number]

/** An instance as its file has it, or its container. */
export interface FoundInstance {
  readonly id: string
  readonly group: string | undefined
  readonly hash: string | undefined
  readonly key: string | undefined
  /** `stopped`, or nothing. */
  readonly state: string | undefined
}

/** How a plugin is started, beside its name. */
export interface StartOptions {
  /** Runs instead of the plugin's executable. */
  readonly script?: URL | undefined
  readonly args?: readonly string[]
  readonly env?: Record<string, string>
}

export interface World {
  readonly home: string
  readonly pluginsDir: string
  readonly instancesDir: string
  readonly plugins: Plugins
  /** Starts a plugin, anew if it was killed, and waits until it answers. Fails with its words when it ends instead. */
  start(name: PluginName, options?: StartOptions): Promise<StartedProcess>
  /** Ends a plugin in order. */
  stop(name: PluginName): Promise<void>
  /** `kill -9`; answers when the process is gone. */
  kill(name: PluginName): Promise<void>
  commit(spec: GroupSpec): Promise<void>
  /** Waits until the group's last revision is in force and has converged. */
  converged(id: string, revision?: number): Promise<{ ConfigHash?: string | null }>
  /** What is in the folder, without asking anybody: to ask the group would make it look. */
  instances(group?: string): FoundInstance[]
}

/** Runs a plugin's executable. */
export function runPlugin(
  t: Teardown,
  name: PluginName,
  { args = [], env = {}, script }: StartOptions,
): StartedProcess {
  const executable = script ?? new URL(`../../../plugins/${executables[name]}`, import.meta.url)
  return startProcess(t, fileURLToPath(executable), args, env)
}

/**
 * Plugins as processes of their own, in a home of their own.
 *
 * @param options.always how a plugin is started whenever it is, if nothing else is said
 * @param options.home that of another world, which it shares
 */
export async function createWorld(
  t: Teardown,
  options: { always?: Partial<Record<PluginName, StartOptions>>; home?: string | undefined } = {},
): Promise<World> {
  const { always = {}, home = await temporaryFolder(t) } = options
  const [pluginsDir, instancesDir] = [join(home, 'plugins'), join(home, 'instances')]
  await mkdir(pluginsDir, { mode: 0o700, recursive: true })
  await mkdir(instancesDir, { recursive: true })
  const env = { INFRAKIT_HOME: home, INFRAKIT_PLUGINS_DIR: pluginsDir }
  const plugins = createPlugins(pluginsDir)
  t.teardown(() => plugins.close())
  const running = new Map<PluginName, StartedProcess>()

  async function start(name: PluginName, options: StartOptions = {}): Promise<StartedProcess> {
    const usual = always[name]
    const started = runPlugin(t, name, { ...usual, ...options, env: { ...env, ...usual?.env, ...options.env } })
    running.set(name, started)
    const answer = await waitUntil(
      `${name} to answer`,
      async () => {
        if (started.child.exitCode !== null || started.child.signalCode !== null) return 'ended'
        // Not by a call: a client goes on from what the last process said of itself.
        const found = (await plugins.list()).find((plugin) => plugin.pid === started.pid)
        return found !== undefined && (await probe(found.address)) === 'alive'
      },
      40_000,
    )
    if (answer === 'ended') throw new Error(`${name} ended instead of serving: ${started.output()}`)
    return started
  }

  const end = async (name: PluginName, signal: NodeJS.Signals) => void (await running.get(name)?.end(signal))

  const group = () => plugins.get(groupInterface, 'group')

  async function converged(ID: string, revision?: number) {
    const wanted = `group '${ID}' to converge`
    return waitUntil(
      wanted,
      async () => {
        const { Description } = await (await group()).describeGroup({ ID })
        const isSo = (revision === undefined || Description.Revision === revision) && Description.Converged
        if (!isSo) throw new Error(JSON.stringify(Description))
        return Description
      },
      40_000,
    )
  }

  return {
    home,
    pluginsDir,
    instancesDir,
    plugins,
    start,
    stop: (name) => end(name, 'SIGTERM'),
    kill: (name) => end(name, 'SIGKILL'),
    converged,
    commit: async (Spec) => void (await (await group()).commitGroup({ Spec })),
    instances: (wanted) => readInstances(instancesDir).filter((one) => wanted === undefined || one.group === wanted),
  }
}

export function readInstances(dir: string): FoundInstance[] {
  return readdirSync(dir)
    .filter(isInstanceFile)
    .flatMap((name) => readInstance(dir, name) ?? [])
}

export function isInstanceFile(name: string): boolean {
  return /^instance-\d+$/.test(name)
}

/** `undefined` for one that is gone meanwhile. */
export function readInstance(dir: string, id: string): FoundInstance | undefined {
  let text
  try {
    text = readFileSync(join(dir, id), 'utf8')
  } catch {
    return undefined
  }
  const { Tags, State } = parseJson(text) as { Tags?: Tags | null; State?: string | null }
  return {
    id,
    group: Tags?.[tag.group],
    hash: Tags?.[tag.configHash],
    key: Tags?.[tag.provision],
    state: State ?? undefined,
  }
}
