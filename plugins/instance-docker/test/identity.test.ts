import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { tag } from '@infrakit/spi'
import { rejection, temporaryFolder } from '@infrakit/testing'
import { docker, inspect, needsDocker, testImage, unique } from '@infrakit/testing/engine'
import t from 'tap'
import { serve, waits } from './support.js'

t.test('a pet has its name and its attachments, which its successor gets', needsDocker, async (t) => {
  const folder = join(await temporaryFolder(t), 'made', 'when', 'missing')
  const [pet, volume] = [unique('pet'), unique('volume')]
  t.teardown(() => docker('volume', 'rm', '-f', volume))
  const { make, describe, instance, containers } = await serve(t)
  const spec = {
    LogicalID: pet,
    Attachments: [
      { ID: `${volume}:/data`, Type: 'volume' },
      { ID: `${folder}:/host`, Type: '' },
      { ID: `${folder}:/read:ro`, Type: 'bind' },
    ],
  }
  const properties = { image: testImage('busybox'), command: waits }
  const first = await make(properties, spec)
  t.match(inspect(first), { Name: `/${pet}`, Config: { Hostname: pet } })
  t.match(await describe(first), { ID: first, LogicalID: pet, Properties: { Name: pet } })
  t.ok(existsSync(folder), 'the folder is made')
  docker('exec', first, 'sh', '-c', 'echo kept > /data/file; echo kept > /host/file')
  t.throws(() => docker('exec', first, 'touch', '/read/no'), /Read-only/)

  const twin = await rejection(make(properties, spec))
  t.match(twin, { kind: 'conflict', message: new RegExp(`${pet}.* in use`), hint: /\S/ })
  t.equal(containers().length, 1, 'a second one of that name leaves nothing')

  await instance.destroy({ Instance: first })
  t.equal(docker('volume', 'ls', '-q', '--filter', `name=${volume}`), volume, 'the volume is kept')
  const second = await make({ ...properties, hostname: 'other' }, spec)
  t.not(second, first)
  t.match(inspect(second), { Name: `/${pet}`, Config: { Hostname: 'other' } })
  t.equal(docker('exec', second, 'cat', '/data/file', '/read/file'), 'kept\nkept')
  t.match(await rejection(make(properties, { Attachments: [{ ID: volume, Type: 'volume' }] })), {
    kind: 'input',
    message: /Spec\.Attachments: /,
  })
})

t.test('cattle is named after its group; tags can change and outlast the plugin', needsDocker, async (t) => {
  const first = await serve(t)
  const properties = { image: testImage('busybox'), command: waits }
  const Tags = { [tag.group]: 'web', tier: 'a' }
  const id = await first.make(properties, { Tags })
  t.match((await first.shown(id)).Name, /^web-[0-9a-f]{8}$/)
  await first.instance.label({ Instance: id, Labels: { tier: 'b', 'infrakit.instance-docker': 'stolen', new: '1' } })
  const expected = { ...Tags, tier: 'b', 'infrakit.instance-docker': 'stolen', new: '1' }
  t.same((await first.describe(id))?.Tags, expected)
  const second = await first.again()
  t.same((await second.describe(id))?.Tags, expected)
  const found = async (wanted: Record<string, string>) =>
    (await second.instance.describeInstances({ Tags: wanted })).Descriptions.length
  t.equal(await found({ tier: 'b' }), 1)
  t.equal(await found({ tier: 'a' }), 0)
  t.match(await rejection(second.instance.label({ Instance: 'nosuch', Labels: {} })), { kind: 'not-found' })
  await second.instance.destroy({ Instance: id })
  t.match(await rejection(second.instance.destroy({ Instance: id })), { kind: 'not-found' })
})

t.test("containers of others are nobody's instances", needsDocker, async (t) => {
  const [one, other] = [await serve(t), await serve(t)]
  const image = testImage('busybox')
  const id = await one.make({ image, command: waits })
  const byHand = docker('run', '-d', image, ...waits)
  t.teardown(() => docker('rm', '-f', byHand))
  t.same(await other.ids(), [])
  t.same(await one.ids(), [id])
  for (const theirs of [id, byHand.slice(0, 12)]) {
    t.match(await rejection(other.instance.destroy({ Instance: theirs })), { kind: 'not-found' })
    t.match(await rejection(other.lifecycle.stop({ Instance: theirs })), { kind: 'not-found' })
    t.match(await rejection(other.logs.tail({ Instance: theirs })), { kind: 'not-found' })
    t.match(await rejection(other.job.run({ Instance: theirs, Command: ['true'] })), { kind: 'not-found' })
  }
  t.equal(inspect(id).State.Status, 'running')
  t.equal(inspect(byHand).State.Status, 'running')
})
