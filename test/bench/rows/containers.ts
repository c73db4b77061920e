import { setTimeout as sleep } from 'node:timers/promises'
import { instanceInterface } from '@infrakit/spi'
import type { Teardown } from '@infrakit/testing'
import { createRealWorld, type RealWorld } from '../../environment/real-world.js'
import { oneByOne } from '../calls.js'
import { bestConcurrency, containerProperties, createBareContainers } from '../floor/bare-containers.js'
import { watchContainers } from '../floor/container-events.js'
import { startGroup } from '../real-group.js'
import type { Row, Sides } from '../row.js'
import { median } from '../statistics.js'
import { stopwatch } from '../stopwatch.js'
import { createVictims } from '../victims.js'

const needs = ['docker', 'busybox'] as const

async function startWorld(t: Teardown): Promise<RealWorld> {
  const world = await createRealWorld(t)
  for (const name of ['group', 'flavor-vanilla', 'instance-docker'] as const) await world.start(name)
  return world
}

async function openScale(t: Teardown): Promise<Sides> {
  const size = 20
  const [world, bare] = [await startWorld(t), createBareContainers(t)]
  const group = await startGroup(world, { Plugin: 'instance-docker', Properties: containerProperties(bare.image) })
  await bare.remove(await bare.make(1, 1))
  const atOnce = await bestConcurrency(bare, size)

  async function floor(): Promise<number> {
    const elapsed = stopwatch()
    const ids = await bare.make(size, atOnce)
    const took = elapsed()
    await bare.remove(ids)
    return took
  }
  return { ours: () => group.scale(size), floor }
}

export const scaleContainers: Row = {
  name: 'scale-containers',
  title: 'scale 0 → 20 containers, over bare dockerode create and start at its best concurrency (4 to 8)',
  floorIs: 'createContainer and start by dockerode, as many at once as is best of 4, 6 and 8',
  needs,
  unit: 'ms',
  compare: 'ratio',
  figures: [{ of: '', from: median, limit: 1.25, bound: 'at most' }],
  rounds: { full: 7, quick: 2 },
  warmUp: 1,
  open: openScale,
}

async function openHeal(t: Teardown): Promise<Sides> {
  const size = 8
  const [world, bare] = [await startWorld(t), createBareContainers(t)]
  const group = await startGroup(world, { Plugin: 'instance-docker', Properties: containerProperties(bare.image) })
  await group.scale(size, 'stay')
  const nextVictim = createVictims(world, group.id, size)
  const [ofOurs, ofFloor] = [
    await watchContainers(t, bare.docker, world.namespace),
    await watchContainers(t, bare.docker, bare.namespace),
  ]

  async function ours(): Promise<number> {
    const victim = await nextVictim()
    // Nothing happens in step with a timer.
    await sleep(200 + Math.random() * 200)
    const [died, started] = [ofOurs.next('die'), ofOurs.next('start')]
    await bare.docker.getContainer(victim.ID).kill()
    const took = (await started) - (await died)
    await world.settled(group.id, size)
    return took
  }

  async function floor(): Promise<number> {
    const started = ofFloor.next('start')
    const began = performance.now()
    const ids = await bare.make(1, 1)
    const took = (await started) - began
    await bare.remove(ids)
    return took
  }
  return { ours, floor }
}

export const healContainer: Row = {
  name: 'heal-container',
  title: "heal a killed container, from `die` to the other's `start`, over one bare create and start",
  floorIs: 'one createContainer and start by dockerode, until the event `start`',
  needs,
  unit: 'ms',
  compare: 'ratio',
  figures: [{ of: 'p50', from: median, limit: 1.3, bound: 'at most' }],
  rounds: { full: 21, quick: 5 },
  warmUp: 1,
  open: openHeal,
}

async function openDescribe(t: Teardown): Promise<Sides> {
  const world = await createRealWorld(t)
  const bare = createBareContainers(t, world.namespace)
  await bare.make(100, 8)
  await world.start('instance-docker')
  const instance = await world.plugins.get(instanceInterface, 'instance-docker')
  const filters = { label: [`infrakit.instance-docker=${world.namespace}`] }
  const { Descriptions } = await instance.describeInstances({ Properties: true })
  if (Descriptions.length !== 100) throw new Error(`${Descriptions.length} containers are described instead of 100`)
  return {
    ours: () => oneByOne(10, () => instance.describeInstances({ Properties: true })),
    floor: () => oneByOne(10, () => bare.docker.listContainers({ all: true, filters })),
  }
}

export const describeContainers: Row = {
  name: 'describe-containers',
  title: 'describe 100 containers, over the one call of the engine',
  floorIs: 'listContainers by dockerode',
  needs,
  unit: 'ms',
  compare: 'ratio',
  figures: [{ of: '', from: median, limit: 1.5, bound: 'at most' }],
  rounds: { full: 15, quick: 3 },
  warmUp: 2,
  open: openDescribe,
}
