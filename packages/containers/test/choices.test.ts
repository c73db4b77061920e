import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { rejection, temporaryFolder } from '@infrakit/testing'
import { Choices } from '../src/choices.js'

t.test('where a key was begun is kept over restarts, until it is forgotten', async (t) => {
  const dir = join(await temporaryFolder(t), 'hosts')
  const choices = await Choices.open(dir)
  t.equal(choices.hostOf('k1'), undefined)
  await choices.choose('k1', 'a')
  await choices.choose('k2', 'a')
  await choices.choose('k2', 'b')
  await choices.choose('k3', 'b')
  const again = await Choices.open(dir)
  t.same(
    ['k1', 'k2', 'k3'].map((key) => again.hostOf(key)),
    ['a', 'b', 'b'],
  )
  await again.forget('k1')
  await again.forget('nobody')
  await again.retain(new Set(['k3']))
  const last = await Choices.open(dir)
  t.same(
    ['k1', 'k2', 'k3'].map((key) => last.hostOf(key)),
    [undefined, undefined, 'b'],
  )
})

t.test('what cannot be read is not forgotten: it is said', async (t) => {
  const dir = join(await temporaryFolder(t), 'hosts')
  await (await Choices.open(dir)).choose('k1', 'a')
  writeFileSync(join(dir, 'k1.json'), '{"Hos')
  t.match(await rejection(Choices.open(dir)), { path: join(dir, 'k1.json') })
})
