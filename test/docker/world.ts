import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { connect, listContainers, removeContainer, type Engine, type ListedContainer } from '@infrakit/docker'
import { bootstrapHash, groupInterface, instanceInterface, tag, type GroupSpec, type Tags } from '@infrakit/spi'
import { waitUntil, type StartedProcess, type Teardown } from '@infrakit/testing'
import { docker, testImage, unique, type OwnEngine } from '@infrakit/testing/engine'
import type { InstanceChoice, Medium } from '../crashes/medium.js'
import { createWorld, type FoundInstance, type PluginName, type StartOptions, type World } from '../faults/world.js'

const label = 'infrakit.instance-docker'
const tagsLabel = `${label}.tags`
export const intentLabel = `${label}.intent`

export const dockerNames = ['group', 'instance-docker', 'flavor-vanilla'] as const satisfies readonly PluginName[]

/** A container as the engine has it. */
export interface FoundContainer extends FoundInstance {
  readonly name: string
  /** `running`, `exited`, ... */
  readonly engineState: string
}

export interface DockerWorld {
  readonly world: World
  readonly medium: Medium
  /** The value of the label by which containers are the plugin's. */
  readonly namespace: string
  readonly image: string
  /** Asked by the test alone, never through a proxy. */
  readonly engine: Engine
  /** Starts group, flavor-vanilla and, as told, instance-docker, which it answers. */
  start(options?: StartOptions): Promise<StartedProcess>
  /** All containers of the plugin, those being provisioned left out. */
  containers(group?: string): Promise<FoundContainer[]>
  /** Where the plugin notes which containers are no instances yet, by the token that they have as a label. */
  readonly intents: string
  docker(...args: string[]): string
  /** What `describe` says of a group: of its members, why it waits, what failed, last lines. */
  described(ID: string): Promise<string>
  setSize(ID: string, Size: number): Promise<void>
  /** Destroys a group and waits until it has no container any more. */
  destroyGroup(ID: string): Promise<void>
}

export interface DockerWorldOptions {
  /** Socket of the engine; default that of the machine. */
  readonly socket?: string
  /** What the plugin is told instead: a proxy before it. */
  readonly pluginSocket?: string
  /** How the plugin is started beside that. */
  readonly plugin?: StartOptions
  /** Where another world's plugins are to find this one's containers. */
  readonly namespace?: string
  /** The plugin's name on its socket, where that is another one. */
  readonly name?: string
  /** The home of another world, whose plugins it shares. */
  readonly home?: string
}

/** What a container is, read from its labels: the notes of the plugin are laid over them. */
async function foundIn(one: ListedContainer, notes: string): Promise<FoundContainer> {
  const id = one.id.slice(0, 12)
  const text = await readFile(join(notes, `${id}.json`), 'utf8').catch(() => '{}')
  const note = JSON.parse(text) as { Tags?: Tags; Parked?: boolean }
  const tags = { ...(JSON.parse(one.labels[tagsLabel] ?? '{}') as Tags), ...note.Tags }
  return {
    id,
    name: one.name,
    engineState: one.state,
    group: tags[tag.group],
    hash: tags[tag.configHash],
    key: tags[tag.provision],
    state: note.Parked ? 'stopped' : undefined,
  }
}

/** A group plugin, instance-docker and flavor-vanilla as processes, whose containers go with the test. */
export async function createDockerWorld(t: Teardown, options: DockerWorldOptions = {}): Promise<DockerWorld> {
  const { socket = '/var/run/docker.sock', pluginSocket = socket, plugin, name = 'instance-docker' } = options
  const namespace = options.namespace ?? unique('world')
  const image = testImage('busybox')
  const engine = await connect({ host: `unix://${socket}` })
  t.teardown(() => engine.close())
  const listed = () => listContainers(engine, { labels: { [label]: namespace } })
  if (socket === '/var/run/docker.sock') t.teardown(async () => removeAll(engine, await listed()))
  const args = ['--namespace', namespace, ...(plugin?.args ?? [])]
  const always = { ...plugin, args, env: { ...plugin?.env, DOCKER_HOST: `unix://${pluginSocket}` } }
  const world = await createWorld(t, { always: { 'instance-docker': always }, home: options.home })
  const notes = join(world.home, 'state', name, 'notes')
  const intents = join(world.home, 'state', name, 'intents')
  const isProvisional = ({ labels, state }: ListedContainer) =>
    state === 'created' || existsSync(join(intents, `${labels[intentLabel]}.json`))
  const run = (...given: string[]) => docker('--host', `unix://${socket}`, ...given)

  async function containers(group?: string): Promise<FoundContainer[]> {
    const found = (await listed()).filter((one) => !isProvisional(one))
    const all = await Promise.all(found.map((one) => foundIn(one, notes)))
    return all.filter((one) => group === undefined || one.group === group)
  }

  async function makeByHand(group: string): Promise<void> {
    const tags = JSON.stringify({ [tag.group]: group, [tag.configHash]: bootstrapHash })
    run('run', '--detach', '--label', `${label}=${namespace}`, '--label', `${tagsLabel}=${tags}`, image)
  }

  async function halfMade(): Promise<string[]> {
    const all = await listed()
    const ids = new Set(all.map(({ id }) => id.slice(0, 12)))
    const orphaned = (await readdir(notes).catch(() => [])).filter((file) => !ids.has(file.replace(/\.json$/, '')))
    return [
      ...all.filter(isProvisional).map(({ name }) => name),
      ...(await readdir(intents).catch(() => [])).map((file) => `intent ${file.replace(/\.json$/, '')}`),
      ...orphaned.map((file) => `note ${file.slice(0, 12)}`),
    ]
  }

  const medium: Medium = {
    instances: containers,
    instance: (version) => containerOf(image, version),
    makeByHand,
    halfMade,
  }
  const group = () => world.plugins.get(groupInterface, 'group')
  return {
    world,
    medium,
    namespace,
    image,
    engine,
    intents,
    containers,
    docker: run,
    async start(how) {
      await world.start('group')
      await world.start('flavor-vanilla')
      return world.start('instance-docker', how)
    },
    described: async (ID) => JSON.stringify((await (await group()).describeGroup({ ID })).Description),
    async destroyGroup(ID) {
      await (await group()).destroyGroup({ ID })
      await waitUntil(`'${ID}' to be gone`, async () => (await containers(ID)).length === 0, 40_000)
    },
    setSize: async (ID, Size) => void (await (await group()).setSize({ ID, Size })),
  }
}

async function removeAll(engine: Engine, all: readonly ListedContainer[]): Promise<void> {
  for (const { id } of all) await removeContainer(engine, id)
}

/** A container of the test image, as a group's specification has it. */
export function containerOf(image: string, version = 1, more: object = {}): InstanceChoice {
  const Properties = {
    image,
    network_mode: 'none',
    pull_policy: 'never',
    environment: { VERSION: `${version}` },
    ...more,
  }
  return { Plugin: 'instance-docker', Properties }
}

/** A group of containers that are healthy while they run; it looks again by itself only once in an hour. */
export function dockerGroup(ID: string, Size: number, instance: InstanceChoice, more: object = {}): GroupSpec {
  const Flavor = { Plugin: 'flavor-vanilla', Properties: { Init: ['true'] } }
  const properties = { Allocation: { Size }, Instance: instance, Flavor, Healing: { Interval: '1h' }, ...more }
  return { ID, Properties: properties }
}

/** Hands images of the machine's engine to another one. */
export function load({ path }: OwnEngine, ...images: string[]): void {
  const saved = execFileSync('docker', ['save', ...images], { maxBuffer: 2 ** 30 })
  execFileSync('docker', ['--host', `unix://${path}`, 'load', '--quiet'], {
    input: saved,
    stdio: ['pipe', 'ignore', 'pipe'],
  })
}

/** The instances that the plugin describes, whoever listens. */
export async function describedBy({ world }: DockerWorld): Promise<readonly { ID: string; State?: string | null }[]> {
  const instance = await world.plugins.get(instanceInterface, 'instance-docker')
  return (await instance.describeInstances({})).Descriptions
}
