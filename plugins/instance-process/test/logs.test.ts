import { statSync, writeFileSync } from 'node:fs'
import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { isTooLarge, lastLines, rotate } from '@infrakit/programs'
import { temporaryFolder, waitUntil } from '@infrakit/testing'
import t from 'tap'
import { open, rejection, sh } from './support.js'

t.test('the last lines of a log and of those before it', async (t) => {
  const dir = await temporaryFolder(t)
  const log = join(dir, 'log')
  t.same(lastLines(log, 1, 5), [], 'there is none yet')
  writeFileSync(`${log}.2`, 'zero\n')
  writeFileSync(`${log}.1`, 'one\ntwo\nthr')
  writeFileSync(log, 'ee\nfour\r\n\nlast')
  t.same(lastLines(log, 2, 100), ['zero', 'one', 'two', 'three', 'four', '', 'last'])
  t.same(lastLines(log, 1, 100), ['one', 'two', 'three', 'four', '', 'last'])
  t.same(lastLines(log, 1, 4), ['three', 'four', '', 'last'])
  t.same(lastLines(log, 1, 0), [])
  writeFileSync(log, `${'x'.repeat(200_000)}\nend\n`)
  t.same(lastLines(log, 0, 1), ['end'])
  t.equal(lastLines(log, 0, 2)[0]?.length, 200_000)
})

t.test(
  'a rotated log: nothing is lost while its writer goes on at full speed, and no more than asked for is kept',
  async (t) => {
    const { make, describe, dir, warnings, logs } = await open(t)
    const last = 400_000
    const id = await make({ ...sh(`seq 1 ${last}; echo end; exec sleep 100000`), Log: { MaxSize: '1GB', Keep: 50 } })
    const log = join(dir, id, 'log')
    let rotations = 0
    await waitUntil('it to be written', async () => {
      if (isTooLarge(log, 100_000)) {
        await rotate(log, 50)
        rotations++
      }
      const [line] = lastLines(log, 50, 1)
      return line === 'end'
    })
    t.ok(rotations > 0, `${rotations} rotations`)
    t.notOk(isTooLarge(log, 3_000_000))
    const lines = lastLines(log, 50, last + 10)
    t.equal(lines.length, last + 1)
    t.same(
      lines.slice(0, last).findIndex((line, i) => line !== String(i + 1)),
      -1,
      'each once, in order',
    )
    t.same((await logs.tail({ Instance: id, Lines: 2 })).Lines, [String(last), 'end'])
    t.equal((await describe(id))?.State, undefined)
    t.same(warnings, [])
  },
)

t.test('logs are rotated by themselves', async (t) => {
  const { make, dir, says } = await open(t)
  const id = await make({ ...sh('seq 1 100000; echo end; exec sleep 100000'), Log: { MaxSize: '100kB' } })
  await says(id, 'end')
  const files = () => readdir(join(dir, id)).then((names) => names.filter((name) => name.startsWith('log')).sort())
  await waitUntil(
    'a rotation',
    async () => (await files()).length === 2 && statSync(join(dir, id, 'log')).size < 100_000,
  )
  t.same(await files(), ['log', 'log.1'])
  t.same((await says(id, 'end')).slice(-2), ['100000', 'end'])
})

t.test('none older is kept', async (t) => {
  const dir = join(await temporaryFolder(t), 'x')
  await mkdir(dir)
  writeFileSync(join(dir, 'log'), 'x'.repeat(100_000))
  await rotate(join(dir, 'log'), 0)
  t.same(await readdir(dir), ['log'])
  t.notOk(isTooLarge(join(dir, 'log'), 10_000))
})

t.test('the log of an instance that is not there', async (t) => {
  const { logs } = await open(t)
  t.equal((await rejection(logs.tail({ Instance: 'nosuch' }))).kind, 'not-found')
})
