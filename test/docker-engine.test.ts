import { instanceInterface } from '@infrakit/spi'
import { rejection, waitUntil } from '@infrakit/testing'
import { needsDocker, ownEngine, testImage, type OwnEngine } from '@infrakit/testing/engine'
import t, { type Test } from 'tap'
import { findings, remember } from './crashes/findings.js'
import type { Chronicle } from './faults/chronicle.js'
import { keepDockerChronicle } from './docker/chronicle.js'
import { containerOf, createDockerWorld, dockerGroup, load, type DockerWorld } from './docker/world.js'

t.setTimeout(300_000)

const size = 3
const group = 'web'
/** An update takes its time, and a group in trouble tries again soon. */
const pace = { Updating: { Duration: '30ms' }, Healing: { Interval: '100ms' } }

interface Stage extends DockerWorld {
  readonly own: OwnEngine
  readonly chronicle: Chronicle
  commit(version: number): Promise<void>
  ids(): Promise<string[]>
}

/** Plugins on an engine of their own. */
async function createStage(t: Test, args: readonly string[] = []): Promise<Stage> {
  const own = await ownEngine(t, { args })
  await own.start()
  load(own, testImage('busybox'))
  const docker = await createDockerWorld(t, { socket: own.path })
  const { world, image, containers } = docker
  await docker.start()
  const chronicle = await keepDockerChronicle(t, docker)
  return {
    ...docker,
    own,
    chronicle,
    commit: (version) => world.commit(dockerGroup(group, size, containerOf(image, version), pace)),
    ids: async () => (await containers(group)).map(({ id }) => id).sort(),
  }
}

/** What can happen to an engine, and how it is there again. */
interface Mishap {
  readonly what: string
  readonly happens: (stage: Stage) => Promise<void>
  readonly ends: (stage: Stage) => Promise<void>
  /** Containers do not outlive it. */
  readonly fatal: boolean
}

/** Stops it until somebody has waited for it in vain. */
async function paused({ own, world }: Stage): Promise<void> {
  own.pause()
  const instance = await world.plugins.get(instanceInterface, 'instance-docker')
  const refused = await rejection(instance.describeInstances({}, { timeout: 1500 }))
  if (refused === undefined) throw new Error('an engine that is paused answers')
}

const mishaps: readonly Mishap[] = [
  { what: 'paused', happens: paused, ends: async ({ own }) => own.goOn(), fatal: false },
  { what: 'killed', happens: ({ own }) => own.end('SIGKILL'), ends: ({ own }) => own.start(), fatal: true },
  { what: 'restarted', happens: ({ own }) => own.end('SIGTERM'), ends: ({ own }) => own.start(), fatal: true },
]

/** Waits until the group says why it waits. */
async function says({ described }: Stage, reason: RegExp): Promise<void> {
  await waitUntil(`the group to say ${String(reason)}`, async () => reason.test(await described(group)), 90_000)
}

/**
 * What is wrong once the group has converged again. How many it takes to be made is known only where containers
 * outlive the engine; nothing is ever made twice under one key.
 */
async function wrongWith({ world, medium, chronicle }: Stage, made: number, revision: number): Promise<string[]> {
  const before = remember(chronicle)
  await waitUntil('the group to converge', () => world.converged(group, revision), 90_000)
  return findings(world, chronicle, before, { group, size, made }, medium)
}

for (const { what, happens, ends, fatal } of mishaps) {
  t.test(`an engine is ${what}`, needsDocker, async (t) => {
    const stage = await createStage(t)
    const { commit, ids, world, chronicle } = stage

    const made = (count: number) =>
      waitUntil(`${count} more to be made`, () => chronicle.ids.size >= count, 40_000)

    await t.test('while instances are made', async (t) => {
      await commit(1)
      await made(1)
      await happens(stage)
      await ends(stage)
      t.same(await wrongWith(stage, size + (fatal ? size : 0), 1), [])
    })

    await t.test('when all is well', async (t) => {
      const before = await ids()
      const destroyed = chronicle.ids.size
      await happens(stage)
      if (fatal) await says(stage, /cannot list containers: the Docker engine at .* cannot be used/)
      t.equal(chronicle.ids.size, destroyed, 'nothing is made meanwhile')
      await ends(stage)
      t.same(await wrongWith(stage, fatal ? size : 0, 1), [])
      if (fatal) t.ok((await ids()).every((id) => !before.includes(id)), 'ended containers are replaced')
      else t.same(await ids(), before, 'all are the same')
    })

    await t.test('in the middle of an update', async (t) => {
      const before = chronicle.ids.size
      await commit(2)
      await made(before + 1)
      await happens(stage)
      await ends(stage)
      t.same(await wrongWith(stage, size + (fatal ? size : 0), 2), [])
    })
    await world.stop('instance-docker')
  })
}

t.test('containers that outlive a killed engine are the same ones afterwards', needsDocker, async (t) => {
  const stage = await createStage(t, ['--live-restore'])
  const { own, commit, ids, world, chronicle } = stage
  await commit(1)
  await world.converged(group, 1)
  const before = await ids()
  for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
    await own.end(signal)
    await says(stage, /cannot list containers: the Docker engine at .* cannot be used/)
    await own.start()
    t.same(await wrongWith(stage, 0, 1), [])
    t.same(await ids(), before, `${signal}: the same ones`)
    t.equal(chronicle.ids.size, size, 'nothing was ever made in their place')
  }
})
