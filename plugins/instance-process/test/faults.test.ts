import { execFileSync } from 'node:child_process'
import { mkdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isTooLarge, lastLines, rotate } from '@infrakit/programs'
import { temporaryFolder, waitUntil, type Teardown } from '@infrakit/testing'
import t from 'tap'
import { countOf, foldersIn, open, rejection, sh, sleeper } from './support.js'

/** A folder on a file system of its own in memory; `undefined` without the right to mount one. */
async function smallDisk(t: Teardown, size: string): Promise<string | undefined> {
  const dir = join(await temporaryFolder(t), 'small')
  mkdirSync(dir)
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', dir], { stdio: 'ignore' })
  } catch {
    return undefined
  }
  t.teardown(() => execFileSync('umount', ['-l', dir]))
  return dir
}

t.test('disk full: provision fails with advice and leaves nothing, destroy makes room', async (t) => {
  const dir = await smallDisk(t, '200k')
  if (dir === undefined) return t.pass('needs the right to mount')
  const { make, ids, instance } = await open(t, { dir })
  const made: string[] = []
  const fill = async () => {
    for (;;) made.push(await make({ ...sleeper, Environment: { A: 'x'.repeat(20_000) } }))
  }
  t.match(await rejection(fill()), { kind: 'plugin-failed', message: /ENOSPC/, hint: /Free some space/ })
  t.ok(made.length > 0)
  t.same(await ids(), made)
  t.same(await foldersIn(dir), [...made].sort())
  await waitUntil('their commands', () => countOf(dir) === made.length)
  writeFileSync(join(dir, 'rest'), '')
  await instance.destroy({ Instance: made[0] ?? '' })
  await make({ ...sleeper, Environment: { A: 'x'.repeat(20_000) } })
  await waitUntil('as many commands', () => countOf(dir) === made.length)
})

t.test('where a file cannot be shortened at its beginning, a rotated log loses nothing either', async (t) => {
  const dir = await smallDisk(t, '64m')
  if (dir === undefined) return t.pass('needs the right to mount')
  const { make } = await open(t, { dir })
  const last = 300_000
  const id = await make({ ...sh(`seq 1 ${last}; echo end; exec sleep 100000`), Log: { MaxSize: '1GB' } })
  const log = join(dir, id, 'log')
  let rotations = 0
  await waitUntil('it to be written', async () => {
    if (isTooLarge(log, 100_000)) {
      await rotate(log, 50)
      rotations++
    }
    return lastLines(log, 50, 1)[0] === 'end'
  })
  await rotate(log, 50)
  t.ok(rotations > 0, `${rotations} rotations`)
  t.ok(statSync(log).blocks * 512 < statSync(log).size, 'the room is free')
  const lines = lastLines(log, 50, last + 10)
  t.equal(lines.length, last + 1)
  t.same(
    lines.slice(0, last).findIndex((line, i) => line !== String(i + 1)),
    -1,
  )
})
