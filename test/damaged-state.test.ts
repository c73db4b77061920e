import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { groupInterface, type GroupSpec } from '@infrakit/spi'
import { rejection, waitUntil } from '@infrakit/testing'
import t from 'tap'
import { createWorld, pluginNames, runPlugin, type World } from './faults/world.js'

function spec(ID: string): GroupSpec {
  return {
    ID,
    Properties: {
      Allocation: { Size: 2 },
      Instance: { Plugin: 'instance-file', Properties: { Note: ID } },
      Flavor: { Plugin: 'flavor-vanilla', Properties: null },
    },
  }
}

const damages: readonly [string, (sound: string) => string][] = [
  ['empty', () => ''],
  ['cut in half', (sound) => sound.slice(0, sound.length / 2)],
  ['full of zeros', (sound) => '\0'.repeat(sound.length)],
  ['of something else', () => '{"ID":"web"}\n'],
]

/** Loses an instance of a sound group and waits until it is replaced: so long the plugin was at work. */
async function letItWork(world: World, group: string): Promise<void> {
  const [lost] = world.instances(group)
  await rm(join(world.instancesDir, lost?.id ?? ''))
  const isHealed = () => world.instances(group).filter(({ id }) => id !== lost?.id).length === 2
  await waitUntil(`${group} to heal`, isHealed, 40_000)
}

t.test('a state file that is damaged is not taken for an empty one', async (t) => {
  const world = await createWorld(t)
  for (const name of pluginNames) await world.start(name)
  for (const name of ['web', 'sound']) await world.commit(spec(name))
  for (const name of ['web', 'sound']) await world.converged(name, 1)
  const path = join(world.home, 'state', 'group', 'groups', 'web.json')
  await world.kill('group')
  const sound = await readFile(path, 'utf8')
  const before = world.instances('web')
  for (const [how, damage] of damages) {
    await t.test(how, async (t) => {
      await writeFile(path, damage(sound))
      await world.start('group')
      const group = await world.plugins.get(groupInterface, 'group')
      for (const call of [
        () => group.describeGroup({ ID: 'web' }),
        () => group.commitGroup({ Spec: spec('web') }),
        () => group.destroyGroup({ ID: 'web' }),
      ]) {
        const error = await rejection(call())
        t.match(error, { kind: 'conflict', message: /^Group 'web' is left alone: cannot read/, hint: /state file/ })
        t.match(error, { message: path })
      }
      const { Groups } = await group.inspectGroups({})
      t.match(
        Groups,
        [
          { ID: 'sound', Properties: {} },
          { ID: 'web', Properties: null },
        ],
        'it is listed all the same',
      )
      await letItWork(world, 'sound')
      t.same(world.instances('web'), before, 'its instances are left alone')
      await world.kill('group')
      t.equal(await readFile(path, 'utf8'), damage(sound), 'and so is the file')
    })
  }
  await writeFile(path, sound)
  await world.start('group')
  await world.converged('web', 1)
  t.same(world.instances('web'), before, 'mended, it goes on')
})

t.test('an epoch that cannot be read: the plugin does not start, and says which file', async (t) => {
  const world = await createWorld(t)
  await world.start('instance-file')
  await world.kill('instance-file')
  const path = join(world.home, 'state', 'instance-file', 'fence', 'app.json')
  await writeFile(path, '')
  const env = { INFRAKIT_HOME: world.home, INFRAKIT_PLUGINS_DIR: world.pluginsDir }
  const started = runPlugin(t, 'instance-file', { env })
  t.equal((await started.exited).code, 1)
  t.match(started.output(), `infrakit-instance-file: cannot read ${path}: its content is damaged`)
  t.match(started.output(), 'Repair')
})
