import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { GroupSpec } from '@infrakit/spi'
import { startProcess, waitUntil } from '@infrakit/testing'
import t, { type Test } from 'tap'
import { createJournal, type Journal } from './crashes/journal.js'
import { createWorld, pluginNames, type FoundInstance, type World } from './faults/world.js'

const program = fileURLToPath(new URL('../../cli/bin/infrakit.js', import.meta.url))
const size = 4

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

/** Runs a command and ends it by `kill -9` as soon as `moment` has come. @returns the signal that ended it */
async function killed(t: Test, world: World, args: readonly string[], moment: () => boolean | Promise<boolean>) {
  const env = { INFRAKIT_HOME: world.home, INFRAKIT_PLUGINS_DIR: world.pluginsDir }
  const command = startProcess(t, program, args, env)
  await waitUntil(`the moment to kill infrakit ${args.join(' ')}`, moment, 40_000)
  return (await command.end('SIGKILL')).signal
}

async function start(t: Test): Promise<{ world: World; file: string; journal: Journal }> {
  const world = await createWorld(t)
  const journal = await createJournal(t)
  for (const name of pluginNames) await world.start(name, name === 'group' ? { env: journal.env } : {})
  return { world, journal, file: join(world.home, 'web.json') }
}

const have = (hash: string | null | undefined) => (one: FoundInstance) => one.hash === hash

t.test('infrakit group watch is killed while the group is written down: it is kept from then on', async (t) => {
  const { world, file, journal } = await start(t)
  await writeFile(file, JSON.stringify(spec(1)))
  await killed(t, world, ['group', 'watch', file], async () => (await journal.passes()).includes('write/revision'))
  await world.converged('web', 1)
  t.equal(world.instances('web').length, size)
})

t.test('infrakit group update is killed in the middle: the update goes on', async (t) => {
  const { world, file } = await start(t)
  await world.commit(spec(1))
  const { ConfigHash: old } = await world.converged('web', 1)
  await writeFile(file, JSON.stringify(spec(2)))
  const signal = await killed(t, world, ['group', 'update', file], () => !world.instances('web').every(have(old)))
  t.equal(signal, 'SIGKILL', 'it was still waiting')
  t.ok(world.instances('web').some(have(old)), 'it was in the middle')
  await waitUntil('all to be new', () => !world.instances('web').some(have(old)), 40_000)
  const { ConfigHash: hash } = await world.converged('web', 2)
  t.same(
    world.instances('web').map(have(hash)),
    Array.from({ length: size }, () => true),
  )
})

t.test('control: killed before it has asked for anything, nothing of it happens', async (t) => {
  const { world, file } = await start(t)
  await world.commit(spec(1))
  const { ConfigHash: old } = await world.converged('web', 1)
  await writeFile(file, JSON.stringify(spec(2)))
  await killed(t, world, ['group', 'update', file], () => true)
  await world.converged('web', 1)
  t.ok(world.instances('web').every(have(old)))
})
