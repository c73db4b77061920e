import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { GroupSpec } from '@infrakit/spi'
import { waitUntil } from '@infrakit/testing'
import t from 'tap'
import { serveFaulty } from './faults/faulty.js'
import { createWorld, pluginNames, type World } from './faults/world.js'

/** Nothing but events and the look around every 60 s makes the group plugin look after it. */
function spec(ID: string, plugin: string): GroupSpec {
  return {
    ID,
    Properties: {
      Allocation: { Size: 2 },
      Instance: { Plugin: plugin, Properties: { Note: 'a file' } },
      Flavor: { Plugin: 'flavor-vanilla', Properties: null },
      Healing: { Interval: '1h' },
    },
  }
}

/** Deletes a member's file, as anybody could. */
async function lose(world: World, group: string): Promise<string> {
  const [lost] = world.instances(group)
  await rm(join(world.instancesDir, lost?.id ?? ''))
  return lost?.id ?? ''
}

/** Waits for another one in its place, without asking the group, which would make it look. */
function healed(world: World, group: string, lost: string): Promise<boolean> {
  const isHealed = () => {
    const now = world.instances(group)
    return now.length === 2 && now.every(({ id }) => id !== lost)
  }
  return waitUntil(`${lost} to be replaced`, isHealed, 5000)
}

t.test('a deleted file is replaced without waiting for any timer; without events it is not', async (t) => {
  const world = await createWorld(t)
  for (const name of pluginNames) await world.start(name)
  await serveFaulty(t, world.pluginsDir, 'instance-file', 'deaf', { deaf: true })
  await world.commit(spec('seeing', 'instance-file'))
  await world.commit(spec('blind', 'deaf'))
  await world.converged('seeing')
  await world.converged('blind')

  await healed(world, 'seeing', await lose(world, 'seeing'))
  t.pass('replaced on the hint of an event')

  const lost = await lose(world, 'blind')
  for (const time of ['once', 'twice', 'three times']) {
    await healed(world, 'seeing', await lose(world, 'seeing'))
    t.equal(world.instances('blind').length, 1, `the other is blind, while this one is healed ${time}`)
  }
  await world.converged('blind')
  t.ok(await healed(world, 'blind', lost), 'it would have healed: it only had to look')
})

t.test('a file deleted while the group plugin was dead is replaced when it is back', async (t) => {
  const world = await createWorld(t)
  for (const name of pluginNames) await world.start(name)
  await world.commit(spec('seeing', 'instance-file'))
  await world.converged('seeing')
  await world.kill('group')
  const lost = await lose(world, 'seeing')
  await world.start('group')
  t.ok(await healed(world, 'seeing', lost))
})

t.test('a file deleted while the instance plugin was dead is replaced when it is back', async (t) => {
  const world = await createWorld(t)
  for (const name of pluginNames) await world.start(name)
  await world.commit(spec('seeing', 'instance-file'))
  await world.converged('seeing')
  await world.kill('instance-file')
  const lost = await lose(world, 'seeing')
  await world.start('instance-file')
  t.ok(await healed(world, 'seeing', lost))
})
