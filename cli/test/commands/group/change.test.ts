import { stringifyJson } from '@infrakit/rpc'
import { parseJson } from '@infrakit/rpc/client'
import { InfrakitError, type GroupSpec } from '@infrakit/spi'
import { waitUntil } from '@infrakit/testing'
import t from 'tap'
import { converged, serveGroup } from '../../support/fake-group.js'
import { createWorld } from '../../support/infrakit.js'

const spec = (id: string): GroupSpec => ({ ID: id, Properties: { Allocation: { Size: 2 } } })

t.test('scale', async (t) => {
  const world = await createWorld(t)
  const { fake } = await serveGroup(world)
  fake.specs.set('web', spec('web'))
  const cases: [size: string, stdout: string, calls: string[]][] = [
    ['5', 'Scaling web from 2 to 5\n', ['setSize web 5']],
    ['+2', 'Scaling web from 5 to 7\n', ['setSize web 7']],
    ['-1', 'Scaling web from 7 to 6\n', ['setSize web 6']],
    ['6', 'web has a size of 6 already\n', []],
    ['-9', 'Scaling web from 6 to 0\n', ['setSize web 0']],
  ]
  for (const [size, stdout, calls] of cases) {
    await t.test(`to ${size}`, async (t) => {
      t.match(await world.infrakit(['group', 'scale', 'web', size]), { code: 0, stdout, stderr: /^$/ })
      t.same(fake.calls.splice(0), calls)
    })
  }
  t.same(JSON.parse((await world.infrakit(['group', 'scale', 'web', '3', '--json'])).stdout), {
    ID: 'web',
    Old: 0,
    Size: 3,
  })
  t.match(await world.infrakit(['group', 'scale', 'none', '3']), {
    code: 1,
    stderr: "error: Group 'none' is not being watched\n",
  })
})

t.test('stop and start', async (t) => {
  const world = await createWorld(t)
  const { fake } = await serveGroup(world)
  const before =
    '{"ID":"web","Properties":{"Allocation":{"Size":2},"Instance":{"Properties":{"Big":12345678901234567890,"__proto__":{"x":1}}}}}'
  fake.specs.set('web', parseJson(before) as GroupSpec)
  fake.details = () => 'Stopping 2 instances'
  t.match(await world.infrakit(['group', 'stop', 'web']), { code: 0, stdout: 'web: Stopping 2 instances\n' })
  const stopped = before.replace('"Size":2', '"Size":2,"State":"stopped"')
  t.equal(stringifyJson(fake.specs.get('web')), stopped, 'all else is unharmed')
  fake.details = () => 'Starting 2 instances'
  t.match(await world.infrakit(['group', 'start', 'web']), { code: 0, stdout: 'web: Starting 2 instances\n' })
  t.equal(stringifyJson(fake.specs.get('web')), stopped.replace('stopped', 'running'))
  t.match(await world.infrakit(['group', 'stop', 'wbe']), {
    code: 1,
    stderr: /'wbe' is not being watched\nhint: did you mean 'web'/,
  })
  fake.calls.splice(0)
  fake.describe = () => ({ Instances: [], Converged: true })
  t.match(
    await world.infrakit(['group', 'stop', 'web']),
    { code: 1, stderr: /cannot stop or start/ },
    'the original cannot',
  )
  t.same(fake.calls, [], 'and is not asked to')
})

t.test('free and unwatch', async (t) => {
  const world = await createWorld(t)
  const { fake } = await serveGroup(world)
  for (const id of ['a', 'b', 'c']) fake.specs.set(id, spec(id))
  t.match(await world.infrakit(['group', 'free', 'a', 'b']), { code: 0, stdout: 'Freed a\nFreed b\n' })
  t.match(await world.infrakit(['group', 'unwatch', 'c']), { code: 0, stdout: 'Freed c\n' })
  t.same(fake.calls, ['free a', 'free b', 'free c'])
  t.match(await world.infrakit(['group', 'free', 'a']), { code: 1, stderr: "error: Group 'a' is not being watched\n" })
})

t.test('destroy', async (t) => {
  const world = await createWorld(t)
  const { fake } = await serveGroup(world)
  fake.specs.set('a', spec('a'))
  t.match(await world.infrakit(['group', 'destroy', 'a']), { code: 0, stdout: 'Destroying a\n' })
  t.ok(fake.specs.has('a'), 'it does not wait')

  let looks = 0
  fake.describe = () => {
    if (++looks > 2) fake.specs.delete('a')
    return { Instances: [], Converged: false, Status: 'destroying' }
  }
  t.match(await world.infrakit(['group', 'destroy', '--wait', 'a']), { code: 0, stdout: 'Destroying a\nDestroyed a\n' })
  t.match(await world.infrakit(['group', 'destroy', 'a']), { code: 1, stdout: /^$/, stderr: /is not being watched/ })

  fake.specs.set('a', spec('a'))
  fake.describe = () => ({ Instances: [], Converged: false, Status: 'destroying' })
  const late = await world.infrakit(['group', 'destroy', '--wait', '--timeout', '50ms', 'a'])
  t.match(late, { code: 1, stdout: 'Destroying a\n', stderr: /did not get there in the time given/ })
})

t.test('destroy --wait where the plugin has one code for all errors', async (t) => {
  const world = await createWorld(t)
  const { fake } = await serveGroup(world)
  fake.specs.set('a', spec('a'))
  fake.describe = () => {
    throw new InfrakitError('plugin-failed', "Group 'a' is not being watched")
  }
  t.match(await world.infrakit(['group', 'destroy', '--wait', 'a']), { code: 0, stdout: 'Destroying a\nDestroyed a\n' })
})

t.test('history and rollback', async (t) => {
  const world = await createWorld(t)
  const { fake } = await serveGroup(world)
  for (let i = 0; i < 3; i++) await world.infrakit(['group', 'commit', '-'], { input: JSON.stringify(spec('web')) })
  fake.calls.splice(0)
  const { stdout } = await world.infrakit(['group', 'history', 'web'])
  t.equal(
    stdout,
    'REVISION  COMMITTED             SIZE  CONFIG  ACTIVE\n' +
      '3         2030-01-01T00:00:00Z  2     hash3   yes\n' +
      '2         2030-01-01T00:00:00Z  2     hash2\n' +
      '1         2030-01-01T00:00:00Z  2     hash1\n',
  )
  t.match(JSON.parse((await world.infrakit(['group', 'history', 'web', '--json'])).stdout), [
    { Revision: 3 },
    { Revision: 2 },
    {},
  ])

  const details = 'Performing a rolling update on 2 instances'
  const pretended = await world.infrakit(['group', 'rollback', '--pretend', 'web'])
  t.match(pretended, { code: 0, stdout: `Rolling web back to revision 2 would involve: ${details}\n` })
  t.match(await world.infrakit(['group', 'rollback', 'web', '--to', '1']), {
    code: 0,
    stdout: `Rolled web back to revision 1: ${details}\n`,
  })
  t.same(fake.calls.splice(0), ['pretend web 2', 'rollback web 1'])
  t.match(await world.infrakit(['group', 'rollback', 'web', '--to', '9']), {
    code: 1,
    stderr: 'error: revision 9 is not kept\n',
  })
  t.match(await world.infrakit(['group', 'rollback', 'web', '--to', 'x']), {
    code: 2,
    stderr: /--to: expected a whole number/,
  })

  let looks = 0
  fake.describe = () =>
    ++looks < 3 ? { ...converged, Converged: false, Status: 'working' } : { ...converged, Revision: 3 }
  const waited = await world.infrakit(['group', 'rollback', '--wait', '--to', '3', 'web'])
  t.match(waited, { code: 0, stdout: `Rolled web back to revision 3: ${details}\nrollback web completed\n` })
  t.equal(looks, 3)
})

t.test('a plugin without revisions', async (t) => {
  const world = await createWorld(t)
  const { fake } = await serveGroup(world, { revisions: false })
  fake.specs.set('web', spec('web'))
  t.match(await world.infrakit(['group', 'history', 'web']), { code: 1, stderr: /does not serve Revisions/ })
})

t.test('destroy --wait tells what goes on', async (t) => {
  const world = await createWorld(t)
  const { fake } = await serveGroup(world)
  fake.specs.set('a', spec('a'))
  fake.describe = () => ({ Instances: [], Converged: false, Status: 'destroying' })
  const destroy = world.begin(['group', 'destroy', '--wait', 'a'])
  await waitUntil('it to ask', () => fake.calls.includes('destroy a'))
  await waitUntil('the event to be shown', () => {
    fake.events.publish({ Topic: 'group/a', Type: 'destroy', ID: 'a', Message: 'Destroyed instance i1' })
    return destroy.output().stderr.includes('a: Destroyed instance i1\n')
  })
  fake.specs.delete('a')
  t.match(await destroy.ended, { code: 0, stdout: /Destroyed a\n$/ })
})
