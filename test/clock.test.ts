import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { groupInterface, revisionsInterface, type GroupSpec } from '@infrakit/spi'
import { waitUntil } from '@infrakit/testing'
import t, { type Test } from 'tap'
import { keepChronicle } from './faults/chronicle.js'
import { createWorld, pluginNames, runPlugin, type PluginName, type World } from './faults/world.js'

const hour = 3_600_000
const preload = new URL('environment/clock.js', import.meta.url).href

interface ClockedWorld {
  readonly world: World
  start(name: PluginName): Promise<unknown>
  /** Sets the wall clock of all its processes wrong by so much. */
  step(ms: number): void
}

/** Three plugins with a wall clock of their own; with `wall` they have no other. */
async function clockedWorld(t: Test, only: 'wall' | 'both' = 'both'): Promise<ClockedWorld> {
  const world = await createWorld(t)
  const file = join(world.home, 'clock')
  writeFileSync(file, '0')
  const env = { NODE_OPTIONS: `--import ${preload}`, INFRAKIT_TEST_CLOCK: file, INFRAKIT_TEST_CLOCK_ONLY: only }
  const start = (name: PluginName) => world.start(name, { env })
  for (const name of pluginNames.toReversed()) await start(name)
  return { world, start, step: (ms) => writeFileSync(file, String(ms)) }
}

function spec(ID: string, version: number, Updating: object = { Duration: '300ms', Deadline: '30m' }): GroupSpec {
  return {
    ID,
    Properties: {
      Allocation: { Size: 3 },
      Instance: { Plugin: 'instance-file', Properties: { Note: `version ${version}` } },
      Flavor: { Plugin: 'flavor-vanilla', Properties: null },
      Updating,
      Healing: { Interval: '100ms' },
    },
  }
}

/** An update that cannot get beyond its first instance: it would have to be well for 20 minutes. */
const stuck = (Deadline: string) => spec('web', 2, { Duration: '20m', Deadline })

const groupOf = (world: World) => world.plugins.get(groupInterface, 'group')
const described = async (world: World, ID: string) => (await (await groupOf(world)).describeGroup({ ID })).Description
const halted = async (world: World) =>
  /made no progress/.test((await described(world, 'web')).LastFailure?.Message ?? '')

/** How many members of `web` are not of the first version. */
function renewed(world: World, first: string | null | undefined): number {
  return world.instances('web').filter(({ hash }) => hash !== first).length
}

async function letItHeal(world: World, group: string): Promise<void> {
  const [lost] = world.instances(group)
  rmSync(join(world.instancesDir, lost?.id ?? ''))
  const isHealed = () => world.instances(group).filter(({ id }) => id !== lost?.id).length === 3
  await waitUntil(`${group} to heal`, isHealed, 40_000)
  await world.converged(group)
}

/** A group of three that has converged, another beside it, and an update under way that has replaced one. */
async function beginUpdate({ world }: ClockedWorld, second: GroupSpec): Promise<string | null | undefined> {
  await world.commit(spec('other', 1))
  await world.commit(spec('web', 1))
  await world.converged('other')
  const { ConfigHash } = await world.converged('web', 1)
  await world.commit(second)
  await waitUntil('one to be renewed', () => renewed(world, ConfigHash) === 1, 40_000)
  return ConfigHash
}

for (const [direction, ms] of [
  ['forward', hour],
  ['back', -hour],
] as const) {
  t.test(`the clock steps ${direction} an hour`, async (t) => {
    const clocked = await clockedWorld(t)
    const { world, start, step } = clocked

    await t.test('in a rolling update: it goes on one by one, and does not halt', async (t) => {
      const chronicle = keepChronicle(t, world)
      await beginUpdate(clocked, spec('web', 2))
      step(ms)
      await world.converged('web', 2)
      t.equal(chronicle.peak, 6, 'never more than declared')
      t.notOk(await halted(world))
    })

    await t.test('with everything converged: nothing is replaced', async (t) => {
      const before = world.instances('web')
      step(0)
      await letItHeal(world, 'other')
      step(ms)
      await letItHeal(world, 'other')
      t.same(world.instances('web'), before)
      const revisions = await world.plugins.get(revisionsInterface, 'group')
      await world.commit(spec('web', 3))
      const [last] = (await revisions.history({ ID: 'web' })).Revisions
      const wrong = new Date(last?.Committed ?? '').getTime() - Date.now()
      t.ok(Math.abs(wrong - ms) < hour / 2, 'the step did reach the process')
      await world.converged('web', 3)
    })

    await t.test('while a failure backs off: it is tried again all the same', async (t) => {
      step(0)
      await world.kill('instance-file')
      await waitUntil('the failure to show', async () => (await described(world, 'web')).LastFailure, 40_000)
      step(ms)
      await start('instance-file')
      await letItHeal(world, 'web')
      t.equal((await described(world, 'web')).LastFailure, null)
    })

    await t.test('names stay taken by those that run, and free of those that were killed', async (t) => {
      const env = { INFRAKIT_HOME: world.home, INFRAKIT_PLUGINS_DIR: world.pluginsDir }
      const twin = runPlugin(t, 'group', { env })
      t.equal((await twin.exited).code, 1)
      t.match(twin.output(), /already running/)
      await world.kill('group')
      await start('group')
      await world.converged('web', 3)
    })
  })
}

t.test('forward, in an update that needs time: neither halted nor taken for well; a wall clock would', async (t) => {
  const ours = await clockedWorld(t)
  const naive = await clockedWorld(t, 'wall')
  const first = await beginUpdate(ours, stuck('30m'))
  await beginUpdate(naive, stuck('30m'))
  for (const { step } of [ours, naive]) step(hour)
  const isFooled = async () => (await halted(naive.world)) || renewed(naive.world, first) > 1
  t.ok(await waitUntil('the wall clock to mislead', isFooled, 40_000), 'control')
  await letItHeal(ours.world, 'other')
  t.notOk(await halted(ours.world))
  t.equal(renewed(ours.world, first), 1)

  const state = join(ours.world.home, 'state', 'group', 'groups', 'web.json')
  const { Deadline } = JSON.parse(readFileSync(state, 'utf8')) as { Deadline?: { RemainingMs: number } }
  t.ok((Deadline?.RemainingMs ?? 0) > hour / 4, 'what is left is written down')
  await ours.world.kill('group')
  ours.step(3 * hour)
  await ours.start('group')
  await letItHeal(ours.world, 'other')
  t.notOk(await halted(ours.world), 'nor after a restart')
})

t.test('back, in an update whose deadline comes: it halts in its time; with a wall clock it would wait', async (t) => {
  const ours = await clockedWorld(t)
  const naive = await clockedWorld(t, 'wall')
  // The naive one first: it has had more time when ours halts.
  for (const clocked of [naive, ours]) {
    await beginUpdate(clocked, stuck('6s'))
    clocked.step(-hour)
  }
  await waitUntil('ours to halt', () => halted(ours.world), 60_000)
  t.notOk(await halted(naive.world), 'control')
})
