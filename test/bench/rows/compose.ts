import { instanceInterface, resolveInterface } from '@infrakit/spi'
import type { Teardown } from '@infrakit/testing'
import { testImage } from '@infrakit/testing/engine'
import { createComposeProject, type ComposeProject } from '../../environment/compose-project.js'
import { createRealWorld } from '../../environment/real-world.js'
import { containerProperties } from '../floor/bare-containers.js'
import { startGroup } from '../real-group.js'
import type { Row, Sides } from '../row.js'
import { median } from '../statistics.js'
import { stopwatch } from '../stopwatch.js'

const needs = ['docker', 'compose', 'busybox'] as const

/** Two projects of the same service: ours, and that of the floor. Each has its network already. */
async function openProjects(t: Teardown): Promise<[ours: ComposeProject, floor: ComposeProject]> {
  const services = { app: containerProperties(testImage('busybox')) }
  const [ours, floor] = [await createComposeProject(t, services), await createComposeProject(t, services)]
  await floor.compose('up', '--detach')
  await floor.compose('rm', '--stop', '--force')
  return [ours, floor]
}

const propertiesOf = ({ file, name }: ComposeProject) => ({
  Files: file,
  Project: name,
  Service: 'app',
  As: 'app-blue',
})

/** How long Compose takes, from nothing but a network. */
async function composeUp(floor: ComposeProject, ...more: string[]): Promise<number> {
  const elapsed = stopwatch()
  await floor.compose('up', '--detach', ...more)
  const took = elapsed()
  await floor.compose('rm', '--stop', '--force')
  return took
}

async function openScale(t: Teardown): Promise<Sides> {
  const [project, floor] = await openProjects(t)
  const world = await createRealWorld(t, 120_000)
  for (const name of ['group', 'flavor-vanilla', 'instance-compose'] as const) await world.start(name)
  const group = await startGroup(world, { Plugin: 'instance-compose', Properties: propertiesOf(project) })
  return { ours: () => group.scale(20), floor: () => composeUp(floor, '--scale', 'app=20') }
}

export const scaleCompose: Row = {
  name: 'scale-compose',
  title: 'scale 0 → 20 replicas of a Compose service, over `docker compose up -d --scale app=20`',
  floorIs: '`docker compose up -d --scale app=20`, its network being there',
  needs,
  unit: 'ms',
  compare: 'ratio',
  figures: [{ of: '', from: median, limit: 1.1, bound: 'at most' }],
  rounds: { full: 7, quick: 2 },
  warmUp: 1,
  open: openScale,
}

async function openOne(t: Teardown): Promise<Sides> {
  const [project, floor] = await openProjects(t)
  const world = await createRealWorld(t)
  await world.start('instance-compose')
  const instance = await world.plugins.get(instanceInterface, 'instance-compose')
  const given = propertiesOf(project)
  const { Resolved } = await (
    await world.plugins.get(resolveInterface, 'instance-compose')
  ).resolve({ Properties: given })
  const Spec = { Properties: { ...given, Resolved: Resolved as object } }
  for (let there = 0; there < 3; there++) await instance.provision({ Spec })

  async function ours(): Promise<number> {
    const elapsed = stopwatch()
    const { ID } = await instance.provision({ Spec })
    const took = elapsed()
    await instance.destroy({ Instance: ID })
    return took
  }
  return { ours, floor: () => composeUp(floor) }
}

export const oneMoreCompose: Row = {
  name: 'one-more-compose',
  title: 'one more replica of a Compose service beside three, over one `docker compose up -d` of one service',
  floorIs: '`docker compose up -d` of a service without containers, its network being there',
  needs,
  unit: 'ms',
  compare: 'ratio',
  figures: [{ of: '', from: median, limit: 1.3, bound: 'at most' }],
  rounds: { full: 21, quick: 5 },
  warmUp: 2,
  open: openOne,
}
