import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { docker } from '@infrakit/testing/engine'
import { waitUntil } from '@infrakit/testing'
import t from 'tap'
import { foldersIn, needsVagrant, open, rejection } from './support.js'

t.test('the life of a machine', needsVagrant, async (t) => {
  const { make, list, dir, instance, lifecycle, logs, job, events } = await open(t)
  const id = await make({ LogicalID: 'db-1', Tags: { a: 'b' }, Init: 'echo hello' })
  t.match(id, /^infrakit-[0-9a-f]{16}$/)
  t.match(await list(), [
    {
      ID: id,
      LogicalID: 'db-1',
      Tags: { a: 'b' },
      State: undefined,
      Properties: { Machines: [{ Name: 'default', Provider: 'docker', State: 'running' }] },
    },
  ])
  t.equal(readFileSync(join(dir, id, 'boot.sh'), 'utf8'), 'echo hello')
  await instance.label({ Instance: id, Labels: { c: 'd' } })
  t.match((await logs.tail({ Instance: id })).Lines.join('\n'), /Starting container/)
  const done = await job.run({ Instance: id, Command: ['sh', '-c', 'echo "I am $WHO"; exit 7'] })
  t.match(done, { ExitCode: 7, Output: /I am db-1/ })
  await lifecycle.stop({ Instance: id })
  t.match(await list(), [{ ID: id, State: 'stopped', Tags: { a: 'b', c: 'd' } }])
  await lifecycle.start({ Instance: id })
  t.match(await list(), [{ ID: id, State: undefined }])
  events.length = 0
  docker('kill', `ik-${id}`)
  await waitUntil('a hint', () => events.includes(`changed ${id}`))
  t.match(await list(), [{ ID: id, State: 'stopped', StateReason: /stopped/ }], 'who stops it by hand')
  docker('rm', `ik-${id}`)
  t.match(await list(), [{ ID: id, State: 'failed', StateReason: /is not created/ }], 'who removes it by hand')
  await instance.destroy({ Instance: id })
  t.same([await list(), foldersIn(dir)], [[], []])
  t.match(await rejection(instance.destroy({ Instance: id })), { kind: 'not-found' })
})
