import { execFileSync } from 'node:child_process'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { chmod, mkdir, readdir, readFile, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { rejection, temporaryFolder } from '@infrakit/testing'
import t from 'tap'
import { removeDurably, removeLeftovers, StoreError, writeFileDurably } from '../src/index.js'
import { runFixture } from './support.js'

const root = process.getuid?.() === 0

t.test('writes a new file, replaces an old one, leaves nothing else in the folder', async (t) => {
  const folder = await temporaryFolder(t)
  const path = join(folder, 'a.json')
  await writeFileDurably(path, 'one')
  await writeFileDurably(path, new Uint8Array([0, 255]))
  t.same(await readFile(path), Buffer.from([0, 255]))
  t.same(await readdir(folder), ['a.json'])
})

t.test('rights are 0600 unless given, whatever the umask', async (t) => {
  const folder = await temporaryFolder(t)
  const before = process.umask(0o077)
  t.teardown(() => process.umask(before))
  await writeFileDurably(join(folder, 'default'), '')
  await writeFileDurably(join(folder, 'open'), '', { mode: 0o644 })
  t.equal(statSync(join(folder, 'default')).mode & 0o777, 0o600)
  t.equal(statSync(join(folder, 'open')).mode & 0o777, 0o644)
})

t.test('a name of 255 bytes can be written', async (t) => {
  const path = join(await temporaryFolder(t), 'n'.repeat(255))
  await writeFileDurably(path, 'x')
  t.equal(await readFile(path, 'utf8'), 'x')
})

t.test('a missing folder: error names the file, no folder is made', async (t) => {
  const folder = await temporaryFolder(t)
  const path = join(folder, 'missing', 'a')
  const error = await rejection(writeFileDurably(path, 'x'))
  t.match(error, { name: 'StoreError', code: 'ENOENT', path })
  t.match((error as Error).message, `cannot write ${path}`)
  t.same(await readdir(folder), [])
})

t.test('a target that cannot be replaced: nothing is left over', async (t) => {
  const folder = await temporaryFolder(t)
  await mkdir(join(folder, 'a'))
  await t.rejects(writeFileDurably(join(folder, 'a'), 'x'), StoreError)
  t.same(await readdir(folder), ['a'])
})

t.test('removing: gone afterwards, twice is fine, a folder is refused', async (t) => {
  const folder = await temporaryFolder(t)
  const path = join(folder, 'a')
  await writeFileDurably(path, 'x')
  await removeDurably(path)
  await removeDurably(path)
  t.same(await readdir(folder), [])
  await t.rejects(removeDurably(folder), { name: 'StoreError', path: folder })
})

t.test('left-over temporary files: those of the dead go, those of the living and of others stay', async (t) => {
  const folder = await temporaryFolder(t)
  const child = runFixture(t, 'write-many', [join(folder, 'x'), 'halfway'])
  await child.says('wrote 0')
  const other = runFixture(t, 'write-many', [join(folder, 'y'), 'halfway'])
  await other.says('wrote 0')
  await other.kill()
  const name = (pid: number) => `.tmp-${pid}-0123456789abcdef`
  for (const pid of [child.pid, other.pid, process.pid]) writeFileSync(join(folder, name(pid)), 'half')
  writeFileSync(join(folder, '.tmp-mine'), 'of somebody else')
  await removeLeftovers(folder)
  t.same((await readdir(folder)).sort(), ['.tmp-mine', name(child.pid), name(process.pid), 'x', 'y'].sort())
})

t.test('a left-over of an earlier process with our pid goes', async (t) => {
  const folder = await temporaryFolder(t)
  const name = join(folder, `.tmp-${process.pid}-0123456789abcdef`)
  writeFileSync(name, 'half')
  execFileSync('touch', ['-d', '2001-01-01', name])
  await removeLeftovers(folder)
  t.same(await readdir(folder), [])
})

t.test('a folder without the right to write: error says whose turn it is, old content stays', async (t) => {
  const folder = await temporaryFolder(t)
  const path = join(folder, 'a')
  await writeFileDurably(path, 'old', { mode: 0o644 })
  await chmod(folder, 0o555)
  t.teardown(() => chmod(folder, 0o700))
  const child = runFixture(t, 'write-many', [path, 'once', '10'], root ? { uid: 65534 } : {})
  await child.exited
  t.match(child.output(), /refused: .*EACCES.*Check who owns the folder/)
  t.equal(readFileSync(path, 'utf8'), 'old')
})

const mountable = canMount()

t.test(
  'a full disk: error says so, old content stays, nothing is left over',
  { skip: mountable ? false : 'needs the right to mount a tmpfs (root with CAP_SYS_ADMIN)' },
  async (t) => {
    const folder = await temporaryFolder(t)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=128k', 'infrakit-test', folder])
    t.teardown(() => execFileSync('umount', [folder]))
    const path = join(folder, 'a')
    await writeFileDurably(path, 'old')
    const error = await rejection(writeFileDurably(path, 'x'.repeat(1_000_000)))
    t.match(error, { name: 'StoreError', code: 'ENOSPC', path })
    t.match((error as StoreError).hint, 'Free some space')
    t.equal(await readFile(path, 'utf8'), 'old')
    t.same(await readdir(folder), ['a'])
    await writeFileDurably(path, 'new')
    t.equal(await readFile(path, 'utf8'), 'new')

    execFileSync('mount', ['-o', 'remount,ro', folder])
    t.match(await rejection(writeFileDurably(path, 'y')), { code: 'EROFS', hint: /read-only/ })
    t.match(await rejection(removeDurably(path)), { code: 'EROFS' })
    t.equal(await readFile(path, 'utf8'), 'new')
  },
)

t.test('a limit on file sizes: refused like a full disk', async (t) => {
  const folder = await temporaryFolder(t)
  const path = join(folder, 'a')
  await writeFileDurably(path, 'old')
  const child = runFixture(t, 'write-many', [path, 'once', '1000000'], { before: 'ulimit -f 400' })
  await child.exited
  t.match(child.output(), /refused: .*EFBIG/)
  t.equal(await readFile(path, 'utf8'), 'old')
  t.same(await readdir(folder), ['a'])
})

function isWhole(path: string, size: number): boolean {
  const text = readFileSync(path, 'latin1')
  return text.length === size && text === (text[0] ?? '').repeat(size)
}

t.test('SIGKILL in the middle of 200 writes leaves old or new content, never half', async (t) => {
  const folder = await temporaryFolder(t)
  const path = join(folder, 'a')
  const size = 300_000
  for (let round = 0; round < 12; round++) {
    await writeFileDurably(path, 'o'.repeat(size))
    const after = Math.floor(Math.random() * 195)
    const child = runFixture(t, 'write-many', [path, 'durable', String(size)])
    await child.says(`wrote ${after}\n`)
    await child.kill()
    t.ok(isWhole(path, size), `killed after write ${after}`)
    t.notMatch(child.output(), 'wrote 199', 'it was still writing')
  }
  await removeLeftovers(folder)
  t.same(await readdir(folder), ['a'])
})

t.test('control: a plain write killed in the middle is seen to be half', async (t) => {
  const path = join(await temporaryFolder(t), 'a')
  const child = runFixture(t, 'write-many', [path, 'halfway', '300000'])
  await child.says('wrote 0')
  await child.kill()
  t.notOk(isWhole(path, 300_000))
})

t.test('a symbolic link is replaced, what it points to is left alone', async (t) => {
  const folder = await temporaryFolder(t)
  writeFileSync(join(folder, 'target'), 'mine')
  await symlink('target', join(folder, 'link'))
  await writeFileDurably(join(folder, 'link'), 'new')
  t.equal(readFileSync(join(folder, 'target'), 'utf8'), 'mine')
  t.equal(readFileSync(join(folder, 'link'), 'utf8'), 'new')
})

function canMount(): boolean {
  if (!root || process.platform !== 'linux') return false
  const folder = execFileSync('mktemp', ['-d'], { encoding: 'utf8' }).trim()
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16k', 'infrakit-test', folder], { stdio: 'ignore' })
    execFileSync('umount', [folder])
    return true
  } catch {
    return false
  } finally {
    execFileSync('rmdir', [folder])
  }
}
