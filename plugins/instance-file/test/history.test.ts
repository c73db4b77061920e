import { appendFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { temporaryFolder } from '@infrakit/testing'
import t from 'tap'
import { createHistory, historyLength } from '../src/history.js'
import { thrown } from './support.js'

const everything = { has: () => true }

function loaded(dir: string, ids: { has(id: string): boolean } = everything) {
  const history = createHistory(dir)
  history.load(ids)
  return history
}

t.test('lines come back oldest first, at most as many as asked for', async (t) => {
  const history = loaded(await temporaryFolder(t))
  for (const what of ['one', 'two', 'three']) history.add('instance-1', what)
  t.match(history.tail('instance-1', 2), [/^\d{4}-\S+Z two$/, / three$/])
  t.equal(history.tail('instance-1', 100).length, 3)
  t.same(history.tail('instance-1', 0), [])
  t.same(history.tail('instance-2', 10), [], 'nobody wrote about it')
})

t.test('what was noted is there after a restart, of the instances that are still there', async (t) => {
  const folder = await temporaryFolder(t)
  const first = loaded(folder)
  for (const id of ['instance-1', 'instance-2', 'instance-1']) first.add(id, `about ${id}`)
  const before = first.tail('instance-1', 10)
  const second = loaded(folder, new Set(['instance-1']))
  t.same(second.tail('instance-1', 10), before)
  t.same(second.tail('instance-2', 10), [])
  t.notMatch(await readFile(join(folder, '.history'), 'utf8'), 'instance-2')
  t.same(await readdir(folder), ['.history'])
})

t.test('what contains line ends stays one line', async (t) => {
  const history = loaded(await temporaryFolder(t))
  history.add('instance-1', 'stopped: by\nhand')
  t.match(history.tail('instance-1', 10), [/stopped: by hand$/])
})

t.test('of each instance the newest lines are kept', async (t) => {
  const folder = await temporaryFolder(t)
  const history = loaded(folder)
  for (let i = 0; i < historyLength + 5; i++) history.add('instance-1', String(i))
  t.equal(history.tail('instance-1', 1000).length, historyLength)
  t.match(history.tail('instance-1', 1000)[0], / 5$/)
  t.same(loaded(folder).tail('instance-1', 1000), history.tail('instance-1', 1000))
})

t.test('a forgotten instance has no history', async (t) => {
  const history = loaded(await temporaryFolder(t))
  history.add('instance-1', 'x')
  history.forget('instance-1')
  history.forget('instance-9')
  t.same(history.tail('instance-1', 10), [])
})

t.test('the file stays small, however many instances come and go', async (t) => {
  const folder = await temporaryFolder(t)
  const history = loaded(folder)
  history.add('instance-0', 'stays')
  for (let i = 1; i < 5000; i++) {
    history.add(`instance-${i}`, 'x')
    history.forget(`instance-${i}`)
  }
  t.ok((await readFile(join(folder, '.history'), 'utf8')).split('\n').length < 1100)
  t.match(loaded(folder).tail('instance-0', 10), [/ stays$/])
})

t.test('half a line, as a killed process leaves it, spoils no other', async (t) => {
  const folder = await temporaryFolder(t)
  loaded(folder).add('instance-1', 'one')
  await appendFile(join(folder, '.history'), '2026-01-01T00:00:00Z instance-1 hal')
  const history = loaded(folder)
  history.add('instance-1', 'two')
  for (const one of [history, loaded(folder)]) t.match(one.tail('instance-1', 10), [/ one$/, / two$/])
  t.equal(history.tail('instance-1', 10).length, 2)
})

t.test('a missing folder of instances is not made by writing a history', async (t) => {
  const folder = await temporaryFolder(t)
  const history = loaded(join(folder, 'gone'))
  t.throws(() => history.add('instance-1', 'x'), { code: 'ENOENT' })
  t.match(history.tail('instance-1', 1), [/ x$/], 'it is remembered')
  t.same(await readdir(folder), [])
})

t.test('a history that cannot be read is unavailable, not empty', async (t) => {
  const folder = await temporaryFolder(t)
  await mkdir(join(folder, '.history'))
  const history = createHistory(folder)
  t.match(
    thrown(() => history.load(everything)),
    { kind: 'unavailable' },
  )
  t.match(
    thrown(() => history.tail('instance-1', 1)),
    { kind: 'unavailable' },
  )
})

t.test('lines that nobody of ours wrote are passed over', async (t) => {
  const folder = await temporaryFolder(t)
  await writeFile(join(folder, '.history'), '\n\nnonsense\nT1 instance-1 kept\n')
  t.same(loaded(folder).tail('instance-1', 10), ['T1 kept'])
})
