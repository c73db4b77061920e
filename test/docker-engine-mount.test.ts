import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { needsDocker } from '@infrakit/testing/engine'
import t from 'tap'
import { createStage, says, size, wrongWith } from './docker/engine-stage.js'

t.setTimeout(600_000)

t.test('a group says how a container goes that its engine finds mounted', needsDocker, async (t) => {
  const stage = await createStage(t)
  const { own, world, commit, ids, docker } = stage
  await commit(1)
  t.same(await wrongWith(stage, size, 1), [])
  const merged = docker('inspect', '--format={{.GraphDriver.Data.MergedDir}}', (await ids())[0] ?? '')

  // It would replace the containers while their engine still ends.
  await world.stop('group')
  await own.end('SIGTERM')
  // What an engine leaves that was told to end while it started a container: the next one mounts its own data above it.
  mkdirSync(merged, { recursive: true })
  execFileSync('mount', ['--types', 'tmpfs', 'none', merged])
  await own.start()
  await world.start('group')
  const hint = `end the engine, run \`umount ${merged}\`, and start it again`
  await says(stage, new RegExp(`${merged}: device or resource busy.*${hint}`, 's'))

  // Takes the mount away.
  await own.end('SIGTERM')
  await own.start()
  t.same(await wrongWith(stage, size, 1), [])
})
