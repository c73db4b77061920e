import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { groupInterface, type GroupDescription, type GroupSpec } from '@infrakit/spi'
import { waitUntil, type Teardown } from '@infrakit/testing'
import { serveFaulty, type FaultyPlugin } from './faulty.js'
import { createWorld, pluginNames, runPlugin, readInstances, type World } from './world.js'

export interface FaultyWorld extends World {
  /** A group whose plugins can be told to go wrong; nothing is committed yet. */
  faulty(id: string, options?: { deaf?: boolean }): Promise<FaultyGroup>
  /** A group of the same group plugin, with an instance plugin and a flavor in which nothing is wrong. */
  readonly steady: Steady
}

export interface FaultyGroup {
  readonly id: string
  /** The real file plugin, behind a proxy for this group alone. */
  readonly plugin: FaultyPlugin
  /** The real vanilla flavor, behind a proxy for this group alone. */
  readonly flavor: FaultyPlugin
  /** Three members that are asked for their health every second, or what `more` says. */
  spec(version?: number, more?: object): GroupSpec
  /** Commits that. */
  commit(version?: number, more?: object): Promise<void>
  setSize(size: number): Promise<void>
  describe(): Promise<GroupDescription>
  /** Waits until what was committed last has converged, and answers the IDs. The group is asked, which makes it look. */
  converged(): Promise<string[]>
  /** IDs of the files that are there, sorted. The group is not asked. */
  ids(): string[]
  /** Loses a member, as anybody could delete its file. */
  lose(id: string): Promise<void>
  /** Waits until `describe` gives a reason that fits, and answers it. */
  says(reason: RegExp): Promise<string>
}

export interface Steady {
  /** Loses a member and waits until another one has its place. The group is not asked, which would make it look. */
  heal(): Promise<void>
  /** Heals again and again, so that it is under way whatever else happens, until the test is over. */
  keepHealing(): void
  /** How often it was healed. */
  readonly healed: number
}

export interface FaultyOptions {
  /** The longest that the group plugin waits for an answer (ms), in place of up to ten minutes. */
  readonly patience?: number
  /** All calls of the group plugin go through one queue. */
  readonly oneQueue?: boolean
}

const steadySize = 2

const steadySpec: GroupSpec = {
  ID: 'steady',
  Properties: {
    Allocation: { Size: steadySize },
    Instance: { Plugin: 'instance-steady', Properties: null },
    Flavor: { Plugin: 'flavor-vanilla', Properties: null },
    Healing: { Interval: '1h' },
  },
}

export async function createFaultyWorld(t: Teardown, options: FaultyOptions = {}): Promise<FaultyWorld> {
  const world = await createWorld(t)
  const env = {
    ...(options.patience === undefined ? {} : { INFRAKIT_TEST_PATIENCE: String(options.patience) }),
    ...(options.oneQueue ? { INFRAKIT_TEST_QUEUE: 'one' } : {}),
  }
  const altered = Object.keys(env).length > 0
  const script = altered ? new URL('altered-group.js', import.meta.url) : undefined
  await Promise.all(pluginNames.map((name) => world.start(name, name === 'group' ? { env, script } : {})))
  const steady = await startSteady(t, world)
  return { ...world, steady, faulty: (id, { deaf = false } = {}) => createGroup(t, world, id, deaf) }
}

/** Waits as long as a busy machine may need, and looks seldom enough not to keep it busy. */
export function eventually<T>(what: string, condition: () => T | Promise<T>) {
  return waitUntil(what, async () => (await Promise.all([condition(), sleep(50)]))[0], 40_000)
}

async function createGroup(t: Teardown, world: World, ID: string, deaf: boolean): Promise<FaultyGroup> {
  const { pluginsDir, instancesDir, plugins } = world
  const group = () => plugins.get(groupInterface, 'group')
  const plugin = await serveFaulty(t, pluginsDir, 'instance-file', `files-of-${ID}`, { deaf })
  const flavor = await serveFaulty(t, pluginsDir, 'flavor-vanilla', `flavor-of-${ID}`)
  const describe = async () => (await (await group()).describeGroup({ ID })).Description

  async function says(reason: RegExp): Promise<string> {
    return eventually(`group '${ID}' to say ${String(reason)}`, async () => {
      const { LastFailure, Activities } = await describe()
      const said = [...(LastFailure ? [LastFailure.Message] : []), ...(Activities ?? []).map((one) => one.Reason)]
      const found = said.find((one) => reason.test(one))
      if (found === undefined) throw new Error(`it says: ${said.join('; ')}`)
      return found
    })
  }

  function specOf(version = 1, more: object = {}): GroupSpec {
    const Properties = {
      Allocation: { Size: 3 },
      Instance: { Plugin: plugin.name, Properties: { Note: `version ${version}` } },
      Flavor: { Plugin: flavor.name, Properties: null },
      Healing: { Interval: '1s' },
      ...more,
    }
    return { ID, Properties }
  }

  return {
    id: ID,
    plugin,
    flavor,
    describe,
    says,
    spec: specOf,
    async commit(version = 1, more = {}) {
      await eventually(`group '${ID}' to be committed`, () => world.commit(specOf(version, more)).then(() => true))
    },
    setSize: async (Size) => (await group()).setSize({ ID, Size }),
    async converged() {
      await world.converged(ID)
      return idsOf(world, ID)
    },
    ids: () => idsOf(world, ID),
    lose: (id) => rm(join(instancesDir, id)),
  }
}

function idsOf(world: World, group: string): string[] {
  return world
    .instances(group)
    .map(({ id }) => id)
    .sort()
}

async function startSteady(t: Teardown, { home, pluginsDir, commit, converged }: World): Promise<Steady> {
  const dir = join(home, 'steady')
  await mkdir(dir)
  const env = { INFRAKIT_HOME: home, INFRAKIT_PLUGINS_DIR: pluginsDir }
  runPlugin(t, 'instance-file', { args: ['--name', 'instance-steady', '--dir', dir], env })
  await waitUntil('the steady group to be committed', () => commit(steadySpec).then(() => true))
  await converged('steady')
  let [healed, over] = [0, false]

  async function heal(): Promise<void> {
    const [lost] = readInstances(dir)
    const id = lost?.id ?? ''
    await rm(join(dir, id))
    const others = () => readInstances(dir).filter((one) => one.id !== id)
    await eventually(`${id} of the steady group to be replaced`, () => others().length === steadySize)
    healed++
  }

  return {
    heal,
    keepHealing() {
      const healing = (async () => {
        while (!over) await Promise.all([heal(), sleep(50)])
      })()
      // Whoever waits for it to go on says that it does not.
      healing.catch(() => undefined)
      t.teardown(() => (over = true))
    },
    get healed() {
      return healed
    },
  }
}
