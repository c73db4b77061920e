import { lstatSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { rejection, temporaryFolder } from '@infrakit/testing'
import t from 'tap'
import { acquireLock, LockHeldError, lockHolder, processStartTime } from '../src/index.js'
import { runFixture } from './support.js'

const dead = (pid: number, start = '1@gone') => `pid=${pid} start=${start} key=00`

t.test('acquired, released, acquired again; releasing twice is fine; nothing is left over', async (t) => {
  const folder = await temporaryFolder(t)
  const path = join(folder, 'lock')
  const lock = await acquireLock(path)
  t.equal(await lockHolder(path), process.pid)
  await lock.release()
  await lock.release()
  t.equal(await lockHolder(path), undefined)
  await (await acquireLock(path)).release()
  t.same(await readdir(folder), [])
})

t.test('the lock file tells pid and start time', async (t) => {
  const path = join(await temporaryFolder(t), 'lock')
  await acquireLock(path)
  t.match(readlinkSync(path), `pid=${process.pid} start=${await processStartTime(process.pid)} `)
})

t.test('a living holder is not disturbed: the error names its pid and what to do', async (t) => {
  const path = join(await temporaryFolder(t), 'lock')
  const child = runFixture(t, 'hold-lock', [path])
  await child.says('held')
  const error = await rejection(acquireLock(path))
  t.ok(error instanceof LockHeldError)
  t.match(error, { pid: child.pid, path, message: `${path} is locked by process ${child.pid}` })
  t.match((error as LockHeldError).hint, `kill ${child.pid}`)
  t.equal(await lockHolder(path), child.pid)
})

t.test('the same process is refused a second time', async (t) => {
  const path = join(await temporaryFolder(t), 'lock')
  await acquireLock(path)
  t.match(await rejection(acquireLock(path)), { name: 'LockHeldError', pid: process.pid })
})

t.test('a dead holder is taken over, and nothing but the lock is left', async (t) => {
  const folder = await temporaryFolder(t)
  const path = join(folder, 'lock')
  const child = runFixture(t, 'hold-lock', [path])
  await child.says('held')
  await child.kill()
  t.ok(lstatSync(path).isSymbolicLink(), 'its file is still there')
  t.equal(await lockHolder(path), undefined)
  await acquireLock(path)
  t.equal(await lockHolder(path), process.pid)
  t.same(await readdir(folder), ['lock'])
})

t.test('a holder whose pid belongs to another process by now is taken over', async (t) => {
  const path = join(await temporaryFolder(t), 'lock')
  const child = runFixture(t, 'hold-lock', [`${path}-of-its-own`])
  await child.says('held')
  for (const pid of [child.pid, process.pid]) {
    symlinkSync(dead(pid), path)
    const lock = await acquireLock(path)
    await lock.release()
  }
})

t.test('control: the same pid with the right start time is refused', async (t) => {
  const path = join(await temporaryFolder(t), 'lock')
  symlinkSync(dead(process.pid, await processStartTime(process.pid)), path)
  t.match(await rejection(acquireLock(path)), { name: 'LockHeldError', pid: process.pid })
})

t.test('takers that died while they took over are taken over themselves', async (t) => {
  const folder = await temporaryFolder(t)
  const path = join(folder, 'lock')
  for (const suffix of ['', '.taker', '.taker.taker']) symlinkSync(dead(2 ** 30), path + suffix)
  symlinkSync(dead(2 ** 30), `${path}.next`)
  await acquireLock(path)
  t.same(await readdir(folder), ['lock'])
})

t.test('a living taker that does not get on is named after a while', async (t) => {
  const path = join(await temporaryFolder(t), 'lock')
  symlinkSync(dead(2 ** 30), path)
  symlinkSync(dead(process.pid, await processStartTime(process.pid)), `${path}.taker`)
  t.match(await rejection(acquireLock(path)), { name: 'LockHeldError', pid: process.pid })
})

t.test('waiting: gets it once the holder gives it up, or is killed', async (t) => {
  const path = join(await temporaryFolder(t), 'lock')
  const first = await acquireLock(path)
  const second = acquireLock(path, { waitMs: 60_000 })
  await t.rejects(acquireLock(path, { waitMs: 30 }), LockHeldError)
  await first.release()
  await (await second).release()

  const child = runFixture(t, 'hold-lock', [path])
  await child.says('held')
  const third = acquireLock(path, { waitMs: 60_000 })
  await child.kill()
  await (await third).release()
})

t.test('releasing does not remove the lock of a successor', async (t) => {
  const path = join(await temporaryFolder(t), 'lock')
  const first = await acquireLock(path)
  rmSync(path)
  await acquireLock(path)
  await first.release()
  t.equal(await lockHolder(path), process.pid)
})

t.test('something else of that name is not touched', async (t) => {
  const folder = await temporaryFolder(t)
  writeFileSync(join(folder, 'file'), 'x')
  symlinkSync('elsewhere', join(folder, 'link'))
  for (const name of ['file', 'link']) {
    await t.rejects(acquireLock(join(folder, name)), { name: 'StoreError', message: /not a lock file/, hint: /Move/ })
  }
  await t.rejects(acquireLock(join(folder, 'missing', 'lock')), { name: 'StoreError', code: 'ENOENT' })
})

t.test('many takers of one dead lock: exactly one gets it, 200 rounds', async (t) => {
  const path = join(await temporaryFolder(t), 'lock')
  for (let round = 0; round < 200; round++) {
    symlinkSync(dead(2 ** 30), path)
    const results = await Promise.allSettled(Array.from({ length: 8 }, () => acquireLock(path)))
    const locks = results.filter((result) => result.status === 'fulfilled')
    if (locks.length !== 1) t.fail(`round ${round}: ${locks.length} holders`)
    await locks[0]?.value.release()
  }
})

t.test('control: remove-and-create lets several takers in', async (t) => {
  const path = join(await temporaryFolder(t), 'lock')
  let several = false
  for (let round = 0; round < 200 && !several; round++) {
    symlinkSync(dead(2 ** 30), path)
    const takers = await Promise.all(Array.from({ length: 8 }, (_, n) => takeNaively(path, n)))
    several = takers.filter((taken) => taken).length > 1
    rmSync(path, { force: true })
  }
  t.ok(several)
})

/** How one would do it without thinking of the second taker. */
async function takeNaively(path: string, key: number): Promise<boolean> {
  const text = `pid=${process.pid} start=${await processStartTime(process.pid)} key=${key}`
  if ((await lockHolder(path)) !== undefined) return false
  await new Promise((resolve) => setImmediate(resolve))
  rmSync(path, { force: true })
  symlinkSync(text, path)
  return true
}

const linux = process.platform === 'linux' ? false : 'needs abstract sockets (Linux)'

/** Starts `count` processes, lets them go at once, and tells how each of them ended. */
async function contend(
  t: Parameters<typeof runFixture>[0],
  count: number,
  lockFile: string,
  dieEvery: number,
): Promise<string[]> {
  const name = `infrakit-test-${process.pid}-${Math.random()}`
  const children = Array.from({ length: count }, (_, n) =>
    runFixture(t, 'contend', [lockFile, name, dieEvery && n % dieEvery === 0 ? 'die' : '']),
  )
  await Promise.all(children.map((child) => child.says('ready')))
  for (const child of children) child.tell('go')
  return Promise.all(
    children.map(async (child) => {
      const { signal } = await child.exited
      return signal === 'SIGKILL' ? 'killed' : child.output().replace('ready', '').trim()
    }),
  )
}

t.test('50 processes at once, 10 of them killed with the lock: one holder at any time', { skip: linux }, async (t) => {
  const path = join(await temporaryFolder(t), 'lock')
  const ends = await contend(t, 50, path, 5)
  t.same(
    ends.filter((end) => end !== 'done' && end !== 'killed'),
    [],
  )
  t.equal(ends.filter((end) => end === 'killed').length, 10)
  t.equal(await lockHolder(path), undefined)
})

t.test('control: without a lock the same processes overlap', { skip: linux }, async (t) => {
  const ends = await contend(t, 10, 'none', 0)
  t.ok(ends.includes('OVERLAP'))
})
