import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { GroupState } from '@infrakit/group'
import { waitUntil } from '@infrakit/testing'
import t, { type Test } from 'tap'
import { createChance, seedFrom } from '../crashes/chance.js'
import { findings, remember } from '../crashes/findings.js'
import { createJournal } from '../crashes/journal.js'
import { lifeOf, phaseNames, type Phase, type PhaseName } from '../crashes/life.js'
import { keepChronicle } from '../faults/chronicle.js'
import { createWorld, pluginNames, type PluginName, type StartOptions, type World } from '../faults/world.js'
import { figure, soaked } from './soak.js'

// Dozens of processes are started: on a loaded machine that takes longer than a test usually may.
t.setTimeout(soaked(400_000, 3 * 60 * 60_000))

const seed = seedFrom(process.env['INFRAKIT_KILLS_SEED'])
const chance = createChance(seed)
const rounds = soaked(phaseNames.length, 210)
const victims: readonly (readonly PluginName[])[] = [...pluginNames.map((name) => [name]), pluginNames]

const ownInstanceFile = new URL('../crashes/own-instance-file.js', import.meta.url)
/** Every other life is spent on a slow disk: then more is under way at any moment. */
const disks: readonly StartOptions[] = [{}, { script: ownInstanceFile, args: ['--slow', '30'] }]

interface Kill {
  readonly phase: PhaseName
  readonly killed: readonly PluginName[]
  readonly recoveryMs: number
}

/**
 * Goes through a phase, and kills somebody after a while. @returns nothing when the phase was over before that
 */
async function strike(
  world: World,
  phase: Phase,
  { killed, afterMs, disk }: { killed: readonly PluginName[]; afterMs: number; disk: StartOptions },
): Promise<Kill | undefined> {
  let over = false
  const done = phase.run().finally(() => (over = true))
  await Promise.race([done, sleep(afterMs)])
  if (over) return undefined
  const begun = performance.now()
  await Promise.all(killed.map((name) => world.kill(name)))
  const again = killed.map((name) => world.start(name, name === 'instance-file' ? disk : {}))
  await Promise.all([done, ...again])
  return { phase: phase.name, killed, recoveryMs: performance.now() - begun }
}

/** Lives of groups, one after the other, with somebody killed in each phase until there were enough. */
async function killAll(t: Test, world: World, wrong: string[]): Promise<Kill[]> {
  const chronicle = keepChronicle(t, world)
  const lasts = new Map<PhaseName, number>()
  const kills: Kill[] = []
  const order = chance.shuffled(victims)
  const isSpared = (name: PhaseName | PluginName) =>
    !kills.some(({ phase, killed }) => phase === name || killed.some((one) => one === name))
  for (let life = 0; kills.length < rounds || [...phaseNames, ...pluginNames].some(isSpared); life++) {
    const disk = disks[life % disks.length] ?? {}
    await world.stop('instance-file')
    await world.start('instance-file', disk)
    for (const [at, phase] of lifeOf(world, `web-${life}`).entries()) {
      const killed = order[(life + at) % order.length] ?? []
      const before = remember(chronicle)
      const begun = performance.now()
      // The first life is left in peace: it tells how long a phase lasts.
      const afterMs = chance.draw() * (lasts.get(phase.name) ?? Infinity)
      const kill = await strike(world, phase, { killed, afterMs: Math.min(afterMs, 60_000), disk })
      if (kill) kills.push(kill)
      else lasts.set(phase.name, performance.now() - begun)
      const found = await findings(world, chronicle, before, phase)
      wrong.push(...found.map((what) => `${phase.name} of ${phase.group}, ${killed.join()} killed: ${what}`))
    }
  }
  return kills
}

t.test(`kill -9 at random moments (INFRAKIT_KILLS_SEED=${seed})`, async (t) => {
  const world = await createWorld(t)
  for (const name of pluginNames) await world.start(name)
  const wrong: string[] = []
  const kills = await killAll(t, world, wrong)

  t.same(wrong, [], 'nothing was lost, left over or made twice')
  t.ok(kills.length >= rounds, `${kills.length} kills`)
  for (const name of phaseNames) {
    const hits = kills.filter(({ phase }) => phase === name).length
    t.ok(hits > 0, `${hits} during '${name}'`)
    figure(`kills at random moments of '${name}'`, hits)
  }
  for (const name of pluginNames) {
    const hits = kills.filter(({ killed }) => killed.includes(name)).length
    t.ok(hits > 0, `${hits} of ${name}`)
    figure(`kills of ${name}`, hits)
  }
  const sorted = [...kills].sort((a, b) => a.recoveryMs - b.recoveryMs)
  const told = (kill: Kill | undefined) =>
    kill && `${Math.round(kill.recoveryMs)} ms (${kill.phase}; ${kill.killed.join(', ')})`
  figure('from a kill to the end of the phase, p50', told(sorted[Math.floor(sorted.length / 2)]) ?? '')
  figure('from a kill to the end of the phase, max', told(sorted.at(-1)) ?? '')
})

/** Takes from what the group plugin wrote down the keys that it has used. */
async function forgetKeys({ home }: World, group: string): Promise<void> {
  const file = join(home, 'state', 'group', 'groups', `${group}.json`)
  const state = JSON.parse(await readFile(file, 'utf8')) as GroupState
  await writeFile(file, JSON.stringify({ ...state, Pending: [] }))
}

/**
 * The group plugin is killed while instances are being made, and again when it has asked for them a second time; only
 * then are they written. @returns what is wrong afterwards
 */
async function interrupt(t: Test, args: readonly string[], meanwhile: (world: World) => Promise<void>) {
  const world = await createWorld(t)
  const gate = join(world.home, 'gate')
  const { env, passes } = await createJournal(t)
  const times = async (point: string) => (await passes()).filter((passed) => passed === point).length
  await world.start('flavor-vanilla')
  await world.start('instance-file', { script: ownInstanceFile, args: ['--gate', gate, ...args], env })
  await world.start('group')
  const chronicle = keepChronicle(t, world)
  const before = remember(chronicle)
  const [phase] = lifeOf(world, 'web')
  if (!phase) throw new Error('a life has no phases')
  const done = phase.run()
  const missing = phase.made - 1

  await waitUntil(
    'instances to be asked for',
    async () => (await times('serve/Instance.Provision')) === missing,
    40_000,
  )
  await world.kill('group')
  await meanwhile(world)
  await world.start('group')
  const again = async () => (await times('serve/Instance.Provision')) === 2 * missing
  await waitUntil('them to be asked for again', again, 40_000)
  await world.kill('group')
  await writeFile(gate, '')
  await waitUntil('them to be made', async () => (await times('served/Instance.Provision')) === 2 * missing, 40_000)
  await chronicle.look()
  await world.start('group')
  await done
  return findings(world, chronicle, before, phase)
}

t.test('instances that are still being made when the group plugin comes back are not made twice', async (t) => {
  const nothing = async () => undefined
  t.same(await interrupt(t, [], nothing), [])

  await t.test('control: by an instance plugin that passes over the key they would be', async (t) => {
    const found = await interrupt(t, ['--ignore-keys'], nothing)
    t.match(found, [/^made for nothing: 7 were made where 4 were needed/, /^twice under one key/])
  })

  await t.test('control: by a group plugin that had not written the keys down they would be', async (t) => {
    const found = await interrupt(t, [], (world) => forgetKeys(world, 'web'))
    t.same(found, ['made for nothing: 7 were made where 4 were needed'])
  })
})
