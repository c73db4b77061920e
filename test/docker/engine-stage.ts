import { instanceInterface } from '@infrakit/spi'
import { rejection, waitUntil } from '@infrakit/testing'
import { ownEngine, testImage, type OwnEngine } from '@infrakit/testing/engine'
import type { Test } from 'tap'
import { findings, remember } from '../crashes/findings.js'
import type { Chronicle } from '../faults/chronicle.js'
import { keepDockerChronicle } from './chronicle.js'
import { containerOf, createDockerWorld, dockerGroup, load, type DockerWorld } from './world.js'

export const size = 3
/**
 * For a group to be as it should again (ms). Its members are young when their engine ends, so that they count as some that do not
 * last, and what is made while it ends fails: each time it waits longer, up to a minute, and forgets that only after a calm one.
 */
const patienceMs = 240_000
export const group = 'web'
/** An update takes its time, and a group in trouble tries again soon. */
const pace = { Updating: { Duration: '30ms' }, Healing: { Interval: '100ms' } }

/** A group whose engine is the test's own. */
export interface Stage extends DockerWorld {
  readonly own: OwnEngine
  readonly chronicle: Chronicle
  commit(version: number): Promise<void>
  ids(): Promise<string[]>
}

/** Plugins on an engine of their own. */
export async function createStage(t: Test, args: readonly string[] = []): Promise<Stage> {
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
export interface Mishap {
  readonly happens: (stage: Stage) => Promise<void>
  readonly ends: (stage: Stage) => Promise<void>
  /** Containers do not outlive it. */
  readonly fatal: boolean
}

/** Stops it until somebody has waited for it in vain. */
export async function paused({ own, world }: Stage): Promise<void> {
  own.pause()
  const instance = await world.plugins.get(instanceInterface, 'instance-docker')
  const refused = await rejection(instance.describeInstances({}, { timeout: 1500 }))
  if (refused === undefined) throw new Error('an engine that is paused answers')
}

/** Waits until the group says why it waits. */
export async function says({ described }: Stage, reason: RegExp): Promise<void> {
  const said = async () => {
    const words = await described(group)
    if (!reason.test(words)) throw new Error(words)
    return true
  }
  await waitUntil(`the group to say ${String(reason)}`, said, 90_000)
}

/**
 * What is wrong once the group has converged again, and what its engine left half made has gone. How many it takes to be made is known only where containers
 * outlive the engine; nothing is ever made twice under one key.
 */
export async function wrongWith(
  { world, medium, chronicle }: Stage,
  made: number,
  revision: number,
): Promise<string[]> {
  const before = remember(chronicle)
  await waitUntil('the group to converge', () => world.converged(group, revision), patienceMs)
  await waitUntil('what is half made to go', async () => (await medium.halfMade()).length === 0)
  return findings(world, chronicle, before, { group, size, made }, medium)
}

/** An engine has a mishap while instances are made, when all is well, and in the middle of an update. */
export async function survives(t: Test, { happens, ends, fatal }: Mishap): Promise<void> {
  const stage = await createStage(t)
  const { commit, ids, chronicle } = stage

  const made = (count: number) => waitUntil(`${count} more to be made`, () => chronicle.ids.size >= count, 40_000)

  await t.test('while instances are made', async (t) => {
    await commit(1)
    await made(1)
    await happens(stage)
    await ends(stage)
    t.same(await wrongWith(stage, size + (fatal ? size : 0), 1), [])
  })

  await t.test('when all is well', async (t) => {
    const before = await ids()
    const everMade = chronicle.ids.size
    await happens(stage)
    if (fatal) await says(stage, /cannot list containers: the Docker engine at .* cannot be used/)
    t.equal(chronicle.ids.size, everMade, 'nothing is made meanwhile')
    await ends(stage)
    t.same(await wrongWith(stage, fatal ? size : 0, 1), [])
    const kept = (await ids()).filter((id) => before.includes(id))
    t.same(kept, fatal ? [] : before, fatal ? 'ended containers are replaced' : 'all are the same')
  })

  await t.test('in the middle of an update', async (t) => {
    const before = chronicle.ids.size
    await commit(2)
    await made(before + 1)
    await happens(stage)
    await ends(stage)
    t.same(await wrongWith(stage, size + (fatal ? size : 0), 2), [])
  })
}
