import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { groupInterface, type GroupSpec } from '@infrakit/spi'
import { rejection, startProcess, waitUntil, type StartedProcess } from '@infrakit/testing'
import t, { type Test } from 'tap'
import { mountSmallDisk, whereMountsAreAllowed } from './environment/small-disk.js'
import { createWorld, type World } from './faults/world.js'

/** Groups that are there before the disk is full, and all that are committed while it gets so. */
const counts = { before: 20, all: 200 }
/** Blocks left then: enough for about half of the commits. */
const spared = 150
const names = Array.from({ length: counts.all }, (_, n) => `group-${n}`)

/** The second version takes more blocks than the first: it cannot be written where the first one was. */
function spec(ID: string, version: number): GroupSpec {
  const Properties = { Version: version, Note: 'x'.repeat(version === 1 ? 10 : 6000) }
  return {
    ID,
    Properties: {
      Allocation: { Size: 0 },
      Instance: { Plugin: 'instance-file', Properties },
      Flavor: { Plugin: 'flavor-vanilla', Properties: null },
    },
  }
}

type StartGroup = (world: World) => Promise<StartedProcess>

const startOurs: StartGroup = (world) => world.start('group')

/** The same plugin on a store that writes in place. */
const startNaive =
  (t: Test): StartGroup =>
  async (world) => {
    const script = fileURLToPath(new URL('environment/naive-group.js', import.meta.url))
    const env = { INFRAKIT_HOME: world.home, INFRAKIT_PLUGINS_DIR: world.pluginsDir }
    const started = startProcess(t, script, [], env)
    await waitUntil('the naive group plugin to serve', () => started.output().includes('listening'))
    return started
  }

interface Outcome {
  /** Version of each group that was acknowledged last. */
  readonly acknowledged: ReadonlyMap<string, number>
  readonly refused: readonly unknown[]
}

/** Commits each wave of groups at once on a disk that gets full meanwhile, then kills the group plugin. */
async function commitAll(
  world: World,
  group: StartedProcess,
  kill: 'at the first refusal' | 'at the end',
  waves: readonly (readonly string[])[] = [names],
): Promise<Outcome> {
  const acknowledged = new Map<string, number>()
  const refused: unknown[] = []
  const plugin = await world.plugins.get(groupInterface, 'group')
  const commit = async (name: string, version: number) => {
    await plugin.commitGroup({ Spec: spec(name, version) })
    acknowledged.set(name, version)
  }
  for (const name of names.slice(0, counts.before)) await commit(name, 1)
  const disk = mounted.get(world)
  disk?.fill(spared)
  const commitLate = async (name: string) => {
    const error = await rejection(commit(name, 2))
    if (error === undefined) return
    refused.push(error)
    if (kill === 'at the first refusal' && refused.length === 1) await group.end('SIGKILL')
  }
  for (const wave of waves) await Promise.all(wave.toReversed().map(commitLate))
  await group.end('SIGKILL')
  return { acknowledged, refused }
}

const mounted = new WeakMap<World, ReturnType<typeof mountSmallDisk>>()

async function createFullWorld(t: Test): Promise<World> {
  const world = await createWorld(t)
  mounted.set(world, mountSmallDisk(t, join(world.home, 'state', 'group'), 2048))
  await Promise.all([world.start('instance-file'), world.start('flavor-vanilla')])
  return world
}

/** Groups whose acknowledged version, or a later one that was under way, is not there. */
async function lost(world: World, { acknowledged }: Outcome): Promise<string[]> {
  const { Groups } = await (await world.plugins.get(groupInterface, 'group')).inspectGroups({})
  const versions = new Map((Groups ?? []).map(({ ID, Properties }) => [ID, versionOf(Properties)]))
  return [...acknowledged].filter(([name, version]) => !((versions.get(name) ?? 0) >= version)).map(([name]) => name)
}

/** Of a group whose state cannot be read there are no properties. */
function versionOf(properties: unknown): number {
  const { Instance } = (properties ?? {}) as { Instance?: { Properties: { Version: number } } }
  return Instance?.Properties.Version ?? 0
}

whereMountsAreAllowed(t, import.meta.url, () => {
  for (const when of ['at the end', 'at the first refusal'] as const) {
    t.test(`the disk gets full in the middle of ${counts.all} commits, kill -9 ${when}: none is lost`, async (t) => {
      const world = await createFullWorld(t)
      const outcome = await commitAll(world, await startOurs(world), when)
      const done = [...outcome.acknowledged.values()].filter((version) => version === 2).length
      t.ok(done > 0 && outcome.refused.length > 0, `it was in the middle: ${done} acknowledged`)
      t.match(outcome.refused[0], { kind: 'plugin-failed', message: /ENOSPC/, hint: /Free some space/ })
      await startOurs(world)
      t.same(await lost(world, outcome), [])
      mounted.get(world)?.free()
      const group = await world.plugins.get(groupInterface, 'group')
      const [refused] = names.filter((name) => outcome.acknowledged.get(name) !== 2)
      t.ok(await group.commitGroup({ Spec: spec(refused ?? '', 2) }), 'with space again it takes commits')
    })
  }

  t.test('control: a store that writes in place loses what it acknowledged', async (t) => {
    const world = await createFullWorld(t)
    // What is there is written anew when nothing is left of the disk.
    const waves = [names.slice(counts.before), names.slice(0, counts.before)]
    const outcome = await commitAll(world, await startNaive(t)(world), 'at the end', waves)
    await startNaive(t)(world)
    t.ok((await lost(world, outcome)).length > 0)
  })
})
