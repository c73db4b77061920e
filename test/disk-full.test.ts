import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fenceInterface, groupInterface, type Group, type GroupSpec } from '@infrakit/spi'
import { rejection, waitUntil } from '@infrakit/testing'
import t, { type Test } from 'tap'
import { mountSmallDisk, whereMountsAreAllowed, type SmallDisk } from './environment/small-disk.js'
import { createWorld, pluginNames, runPlugin, type PluginName, type World } from './faults/world.js'

function spec(ID: string, Size: number, version = 1): GroupSpec {
  return {
    ID,
    Properties: {
      Allocation: { Size },
      Instance: { Plugin: 'instance-file', Properties: { Note: `version ${version}` } },
      Flavor: { Plugin: 'flavor-vanilla', Properties: null },
      Healing: { Interval: '200ms' },
    },
  }
}

const groupOf = (world: World) => world.plugins.get(groupInterface, 'group')
const ids = (world: World, group: string) => world.instances(group).map(({ id }) => id)
const described = async (world: World, ID: string) => (await (await groupOf(world)).describeGroup({ ID })).Description
const lose = (world: World, id: string | undefined) => rmSync(join(world.instancesDir, id ?? ''))

/** Starts a plugin that must not start: what it says. */
async function refusal(t: Test, world: World, name: PluginName): Promise<string> {
  const env = { INFRAKIT_HOME: world.home, INFRAKIT_PLUGINS_DIR: world.pluginsDir }
  const started = runPlugin(t, name, { env })
  const { code } = await started.exited
  t.ok(code === 1 || code === 2, `exit status ${code}`)
  return waitUntil('its words', () => started.output())
}

/** A world whose state folders are on a small disk, with a group of three that has converged. */
async function withSmallStateDisk(t: Test): Promise<{ world: World; disk: SmallDisk }> {
  const world = await createWorld(t)
  const disk = mountSmallDisk(t, join(world.home, 'state'))
  for (const name of pluginNames) await world.start(name)
  await world.commit(spec('web', 3))
  await world.converged('web', 1)
  return { world, disk }
}

/** Every way to change a group, by what it is called. */
function changes(group: Group, instance: string): [string, () => Promise<unknown>][] {
  return [
    ['commit of a new group', () => group.commitGroup({ Spec: spec('other', 1) })],
    ['commit of another version', () => group.commitGroup({ Spec: spec('web', 3, 2) })],
    ['set size', () => group.setSize({ ID: 'web', Size: 5 })],
    ['destroy some instances', () => group.destroyInstances({ ID: 'web', Instances: [instance] })],
    ['destroy', () => group.destroyGroup({ ID: 'web' })],
  ]
}

async function isAsBefore(t: Test, world: World, before: readonly string[]): Promise<void> {
  await world.converged('web', 1)
  t.match(await described(world, 'web'), { Revision: 1, Size: 3 })
  t.same(ids(world, 'web'), before)
  t.match(await (await groupOf(world)).inspectGroups({}), { Groups: [{ ID: 'web' }] })
}

whereMountsAreAllowed(t, import.meta.url, () => {
  t.test('full state folder: changes are refused with advice; what was acknowledged survives kill -9', async (t) => {
    const { world, disk } = await withSmallStateDisk(t)
    const before = ids(world, 'web')
    disk.fill()
    for (const [what, change] of changes(await groupOf(world), before[0] ?? '')) {
      const error = await rejection(change())
      t.match(error, { kind: 'plugin-failed', message: /ENOSPC/, hint: /Free some space/ }, what)
      t.match(error, { message: join(disk.dir, 'group') }, `${what}: it says which folder`)
    }
    const fence = await world.plugins.get(fenceInterface, 'instance-file')
    t.match(await rejection(fence.raise({ Scope: 'x', Epoch: 2 })), { kind: 'plugin-failed', message: /ENOSPC/ })
    await isAsBefore(t, world, before)
    for (const name of pluginNames) await world.kill(name)
    for (const name of pluginNames.toReversed()) await world.start(name)
    await isAsBefore(t, world, before)

    lose(world, before[0])
    const failed = () => described(world, 'web').then(({ LastFailure }) => LastFailure?.Message)
    await waitUntil('the reason to be shown', async () => /ENOSPC.*Free some space/.test((await failed()) ?? ''))
    t.equal(ids(world, 'web').length, 2, 'nothing is made whose key is not written down')
    disk.free()
    await world.converged('web', 1)
    t.equal(ids(world, 'web').length, 3, 'it goes on by itself')
    t.equal((await described(world, 'web')).LastFailure, null)
  })

  t.test(
    'read-only state folder: changes are refused with advice; what was acknowledged survives kill -9',
    async (t) => {
      const { world, disk } = await withSmallStateDisk(t)
      const before = ids(world, 'web')
      await disk.readOnly()
      const group = await groupOf(world)
      const free = () => group.freeGroup({ ID: 'web' })
      for (const [what, change] of [...changes(group, before[0] ?? ''), ['free', free] as const]) {
        t.match(
          await rejection(change()),
          { kind: 'plugin-failed', message: /EROFS.*\/state\/group/, hint: /read-only/ },
          what,
        )
      }
      await isAsBefore(t, world, before)
      await world.kill('group')
      const said = await refusal(t, world, 'group')
      t.match(said, `infrakit-group-default: cannot use the state folder ${join(disk.dir, 'group')}: `)
      t.match(said, /read-only/)
      t.same(ids(world, 'web'), before)
      await disk.writable()
      await world.start('group')
      await isAsBefore(t, world, before)
    },
  )

  t.test('a destruction that was acknowledged ends once the state folder is writable again', async (t) => {
    const world = await createWorld(t)
    const disk = mountSmallDisk(t, join(world.home, 'state', 'group'))
    for (const name of pluginNames) await world.start(name)
    await world.commit(spec('web', 2))
    await world.converged('web', 1)
    await world.kill('instance-file')
    await (await groupOf(world)).destroyGroup({ ID: 'web' })
    await disk.readOnly()
    await world.start('instance-file')
    await waitUntil('the instances to be gone', () => ids(world, 'web').length === 0, 40_000)
    const failure = async () => (await described(world, 'web')).LastFailure?.Message
    await waitUntil('the reason to be shown', async () => /EROFS.*read-only/.test((await failure()) ?? ''), 40_000)
    await disk.writable()
    await waitUntil(
      'the group to be gone',
      async () => /not being watched/.test(String(await rejection(described(world, 'web')))),
      40_000,
    )
    // What was being written as the disk became read-only could not be removed then: the next start does.
    const left = readdirSync(join(disk.dir, 'groups')).filter((name) => !name.startsWith('.tmp-'))
    t.same(left, [])
  })

  for (const how of ['full', 'read-only'] as const) {
    t.test(`${how} folder of instances: none is lost, none half made; it goes on by itself`, async (t) => {
      const world = await createWorld(t)
      const disk = mountSmallDisk(t, world.instancesDir)
      for (const name of pluginNames) await world.start(name)
      await world.commit(spec('web', 3))
      await world.converged('web', 1)
      const before = ids(world, 'web')
      if (how === 'full') disk.fill()
      else await disk.readOnly()
      const group = await groupOf(world)
      await group.setSize({ ID: 'web', Size: how === 'full' ? 5 : 2 })
      const reason =
        how === 'full' ? /could not create.*ENOSPC.*Free some space/ : /could not destroy.*EROFS.*read-only/
      const failure = async () => (await described(world, 'web')).LastFailure?.Message ?? ''
      await waitUntil(`the reason to be shown`, async () => reason.test(await failure()), 40_000)
      t.same(ids(world, 'web'), before)
      await world.kill('instance-file')
      if (how === 'full') {
        await world.start('instance-file')
        t.equal((await described(world, 'web')).Instances.length, 3, 'the plugin lists them after kill -9')
      }
      const leftovers = readdirSync(world.instancesDir).filter((name) => name.startsWith('.tmp-'))
      t.same(leftovers, [])
      if (how === 'full') disk.free()
      else {
        await disk.writable()
        await world.start('instance-file')
      }
      await waitUntil('the size that was set', () => ids(world, 'web').length === (how === 'full' ? 5 : 2), 40_000)
      t.equal(before.filter((id) => ids(world, 'web').includes(id)).length, how === 'full' ? 3 : 2)
    })
  }
})
