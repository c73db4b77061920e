import { readdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { tag, type GroupSpec } from '@infrakit/spi'
import { waitUntil } from '@infrakit/testing'
import t from 'tap'
import { keepChronicle } from './faults/chronicle.js'
import { createWorld, pluginNames, type PluginName, type World } from './faults/world.js'

const size = 5

/** A version of the group whose update takes its time: each instance has to be well for a while before the next one goes. */
function spec(version: number): GroupSpec {
  return {
    ID: 'web',
    Properties: {
      Allocation: { Size: size },
      Instance: { Plugin: 'instance-file', Properties: { Note: `version ${version}` } },
      Flavor: { Plugin: 'flavor-vanilla', Properties: { Init: ['true'] } },
      Updating: { Duration: '200ms' },
      Healing: { Interval: '100ms' },
    },
  }
}

interface Case {
  readonly killed: readonly PluginName[]
  /** How many instances are new when it happens. */
  readonly when: number
}

const cases: readonly Case[] = [
  ...pluginNames.flatMap((name) => [1, 3].map((when) => ({ killed: [name], when }))),
  { killed: pluginNames, when: 2 },
]

/** What is in the folder beside instances: the plugin's own notes, or something half made. */
async function otherFiles({ instancesDir }: World): Promise<string[]> {
  return (await readdir(instancesDir)).filter((name) => !/^instance-\d+$/.test(name)).sort()
}

t.test('kill -9 in the middle of a rolling update', async (t) => {
  const world = await createWorld(t)
  for (const name of pluginNames) await world.start(name)
  await world.commit(spec(1))
  let hash = (await world.converged('web', 1)).ConfigHash
  const chronicle = keepChronicle(t, world)
  const before = await otherFiles(world)

  for (const [index, { killed, when }] of cases.entries()) {
    await t.test(`of ${killed.join(', ')}, once ${when} of ${size} are new`, async (t) => {
      const revision = index + 2
      const isNew = ({ hash: its }: { hash: string | undefined }) => its !== hash
      await world.commit(spec(revision))
      await waitUntil(`${when} new instances`, () => world.instances().filter(isNew).length >= when)
      await Promise.all(killed.map((name) => world.kill(name)))
      const meanwhile = world.instances()
      t.ok(meanwhile.some(isNew) && !meanwhile.every(isNew), 'it was in the middle')
      for (const name of killed) await world.start(name)
      hash = (await world.converged('web', revision)).ConfigHash

      const after = world.instances()
      t.equal(after.length, size, 'as many as declared, no orphan beside them')
      t.ok(
        after.every((one) => one.group === 'web' && one.hash === hash),
        'all of them current members',
      )
      t.equal(new Set(after.map(({ key }) => key)).size, size, 'each with a key of its own')
      t.same(await otherFiles(world), before, 'nothing half made is left')
    })
  }

  const twice = [...chronicle.byKey].filter(([, ids]) => ids.size > 1)
  t.same(twice, [], 'at no time were there two instances of one key')
  t.ok(chronicle.byKey.size >= size * cases.length, `${chronicle.byKey.size} provisions were seen`)
  t.equal(chronicle.peak, size, 'at no time were there more than declared')
})

t.test('control: an instance made twice, and one too many, would have been noticed', async (t) => {
  const world = await createWorld(t)
  const chronicle = keepChronicle(t, world)
  for (const id of ['instance-1', 'instance-2', 'instance-3']) {
    const Tags = { [tag.group]: 'web', [tag.provision]: id === 'instance-3' ? 'another' : 'the same' }
    await writeFile(join(world.instancesDir, 'unfinished'), JSON.stringify({ ID: id, Tags }))
    await rename(join(world.instancesDir, 'unfinished'), join(world.instancesDir, id))
  }
  await waitUntil('all to be seen', () => chronicle.peak === 3 && chronicle.byKey.size === 2)
  t.same([...(chronicle.byKey.get('the same') ?? [])].sort(), ['instance-1', 'instance-2'])
})
