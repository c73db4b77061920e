import { randomInt } from 'node:crypto'
import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { tag } from '@infrakit/spi'
import t, { type Test } from 'tap'
import { createChance, seedFrom } from '../crashes/chance.js'
import { startDoomed, type Doom } from '../crashes/doomed.js'
import { failpoints } from '../crashes/failpoint-list.js'
import { findings, remember } from '../crashes/findings.js'
import { createJournal } from '../crashes/journal.js'
import { lifeOf } from '../crashes/life.js'
import { keepChronicle } from '../faults/chronicle.js'
import { createWorld, pluginNames, type World } from '../faults/world.js'
import { figure, soaked } from './soak.js'

// Dozens of processes are started: on a loaded machine that takes longer than a test usually may.
t.setTimeout(soaked(400_000, 3 * 60 * 60_000))

const seed = seedFrom(process.env['INFRAKIT_FAILPOINTS_SEED'])
const chance = createChance(seed)

/** How often each failpoint was passed in an unbroken life; what there is to die at. */
const passed = new Map<string, number>()

const nameOf = ({ plugin, point, pass }: Doom) => `${plugin} at ${point}:${pass}`

/** What was wrong after each phase of a group's life, and how long the slowest one took. */
interface Course {
  readonly wrong: readonly string[]
  readonly slowest: { readonly name: string; readonly ms: number }
}

/** A group's life, from its making to its end. */
async function live(t: Test, world: World, id: string): Promise<Course> {
  const chronicle = keepChronicle(t, world)
  const wrong: string[] = []
  let slowest = { name: '', ms: 0 }
  for (const phase of lifeOf(world, id)) {
    const before = remember(chronicle)
    const begun = performance.now()
    await phase.run()
    const ms = Math.round(performance.now() - begun)
    if (ms > slowest.ms) slowest = { name: phase.name, ms }
    const found = await findings(world, chronicle, before, phase)
    wrong.push(...found.map((what) => `${phase.name}: ${what}`))
  }
  return { wrong, slowest }
}

/** Which crashes are tried together, in one life: all of them one by one, or a few of each plugin at once. */
function rounds(): Doom[][] {
  const dooms = pluginNames.map((plugin) => failpoints[plugin].map((point) => ({ plugin, point, pass: 1 })))
  const later = dooms.flat().flatMap((doom) => {
    const most = Math.floor((passed.get(`${doom.plugin} ${doom.point}`) ?? 0) / 2)
    return most < 2 ? [] : [{ ...doom, pass: 2 + Math.floor(chance.draw() * (most - 1)) }]
  })
  const decks = dooms.map((deck) => chance.shuffled(deck))
  const few = [0, 1].map((at) => decks.flatMap((deck) => deck[at] ?? []))
  return soaked(
    few,
    [...dooms.flat(), ...later].map((doom) => [doom]),
  )
}

t.test('an unbroken life passes every failpoint that there is', async (t) => {
  const world = await createWorld(t)
  const journals = await Promise.all(pluginNames.map(async (plugin) => ({ plugin, ...(await createJournal(t)) })))
  for (const { plugin, env } of journals) await world.start(plugin, { env })
  t.same((await live(t, world, 'web')).wrong, [])
  for (const { plugin, passes } of journals) {
    const all = await passes()
    t.same([...new Set(all)].sort(), [...failpoints[plugin]].sort(), plugin)
    for (const point of all) passed.set(`${plugin} ${point}`, (passed.get(`${plugin} ${point}`) ?? 0) + 1)
  }
})

t.test(`killed at a failpoint, a plugin goes on where it stopped (INFRAKIT_FAILPOINTS_SEED=${seed})`, async (t) => {
  const world = await createWorld(t)
  for (const plugin of pluginNames) await world.start(plugin)
  const all = rounds()
  let kills = 0
  let longest = { name: '', ms: 0, dooms: [] as Doom[] }
  for (const [at, dooms] of all.entries()) {
    await t.test(dooms.map(nameOf).join(', '), async (t) => {
      const doomed = []
      for (const doom of dooms) {
        await world.stop(doom.plugin)
        doomed.push({ ...doom, ...(await startDoomed(t, world, doom)) })
      }
      await Promise.all(doomed.map(({ ready }) => ready))
      const { wrong, slowest } = await live(t, world, `web-${at}`)
      t.same(wrong, [])
      if (slowest.ms > longest.ms) longest = { ...slowest, dooms }
      for (const one of doomed) {
        const died = await one.finish()
        if (died) kills++
        // How often it passes there later depends on when it looks.
        if (one.pass === 1) t.ok(died, `${nameOf(one)} it died`)
      }
    })
  }
  figure(
    'failpoints in the code',
    pluginNames.reduce((sum, plugin) => sum + failpoints[plugin].length, 0),
  )
  figure('kills at failpoints', kills)
  const killed = longest.dooms.map(nameOf).join(', ')
  figure('the longest phase with such a kill', `${longest.ms} ms (${longest.name}; ${killed})`)
})

t.test('control: what a crash could leave is found', async (t) => {
  const world = await createWorld(t)
  const chronicle = keepChronicle(t, world)
  const put = async (folder: string, name: string, value: object) => {
    await writeFile(join(world.home, 'unfinished'), JSON.stringify(value))
    await rename(join(world.home, 'unfinished'), join(folder, name))
  }
  const plant = async (Tags: Record<string, string>) => {
    const ID = `instance-${randomInt(1e12)}`
    await put(world.instancesDir, ID, { ID, Tags })
  }
  const member = { [tag.group]: 'web', [tag.configHash]: 'a' }
  const found = (size: number, made = 10) =>
    findings(world, chronicle, { ids: new Set() }, { group: 'web', size, made })

  await world.start('group')
  await world.stop('group')
  const state = join(world.home, 'state', 'group', 'groups')
  t.same(await found(0, 0), [], 'nothing is wrong with nothing')
  await put(state, 'web.json', { Pending: [] })
  await plant({ ...member, [tag.provision]: 'one' })
  t.same(await found(1, 1), [], 'nor with one member')
  t.same(await found(2), ['surplus or lack: 1 members, not 2'])
  t.same(await found(1, 0), ['made for nothing: 1 were made where 0 were needed'])
  await plant({ ...member, [tag.provision]: 'one' })
  t.same(await found(2), ['twice under one key: 2 of one'])
  await plant({ [tag.group]: 'other' })
  await plant({ ...member, [tag.configHash]: 'b' })
  await put(state, 'web.json', { Pending: [{ Key: 'two' }] })
  await writeFile(join(state, '.tmp-1-0'), '')
  await writeFile(join(world.instancesDir, '.tmp-2-0'), '')
  t.same(await found(3), [
    'orphans: 1 belong to nobody',
    'outdated: the members are not all alike',
    'twice under one key: 2 of one',
    'half made: .tmp-2-0',
    'half made: .tmp-1-0',
    'half made: 1 provisions are still awaited',
  ])
  t.match((await found(0)).at(-1), /half destroyed: .*web.json is still there/)
})
