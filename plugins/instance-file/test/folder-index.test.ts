import { execFileSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { startProcess, temporaryFolder, waitUntil, type Teardown } from '@infrakit/testing'
import t from 'tap'
import { createFolderIndex } from '../src/folder-index.js'
import { put, thrown } from './support.js'

async function folderIndex(t: Teardown) {
  const dir = join(await temporaryFolder(t), 'i')
  mkdirSync(dir)
  const changes: string[] = []
  const index = createFolderIndex(dir, (change, entry) => void changes.push(`${change} ${entry.id}`))
  return { dir, index, changes, tags: (id: string) => index.entries.get(id)?.file?.Tags }
}

t.test('finds what came, changed and went, and says so once', async (t) => {
  const { dir, index, changes } = await folderIndex(t)
  await put(dir, 'instance-1', { Tags: { a: '1' } })
  await put(dir, 'instance-2', {})
  await put(dir, 'notes.txt', 'not an instance')
  index.refresh()
  await put(dir, 'instance-1', { Tags: { a: '2' } })
  rmSync(join(dir, 'instance-2'))
  index.refresh()
  index.refresh()
  t.same(changes, ['created instance-1', 'created instance-2', 'changed instance-1', 'destroyed instance-2'])
})

t.test('an unchanged file is read once, not at every look', async (t) => {
  const { dir, index } = await folderIndex(t)
  await put(dir, 'instance-1', {})
  index.refresh()
  await waitUntil('the time stamp to be old enough to be trusted', () => {
    const before = index.entries.get('instance-1')
    index.refresh()
    return index.entries.get('instance-1') === before
  })
  const before = index.entries.get('instance-1')
  await put(dir, 'instance-2', {})
  for (let i = 0; i < 5; i++) index.refresh()
  t.equal(index.entries.get('instance-1'), before)
})

t.test('edits of the same length within one tick of the clock are seen', async (t) => {
  const { dir, index, tags } = await folderIndex(t)
  for (let i = 100; i < 400; i++) {
    writeFileSync(join(dir, 'instance-1'), `{"Tags":{"n":"${i}"}}`)
    index.refresh()
    if (tags('instance-1')?.['n'] !== String(i)) t.fail(`saw ${tags('instance-1')?.['n']}, wrote ${i}`)
  }
  t.pass('all were seen')
})

t.test('an edit that puts the old modification time back is seen', async (t) => {
  const { dir, index, tags } = await folderIndex(t)
  const path = join(dir, 'instance-1')
  await put(dir, 'instance-1', '{"Tags":{"n":"1"}}')
  index.refresh()
  await waitUntil('the file to be settled', () => (index.refresh(), index.entries.get('instance-1')?.settled))
  const { atime, mtime } = statSync(path)
  await put(dir, 'instance-1', '{"Tags":{"n":"2"}}')
  utimesSync(path, atime, mtime)
  index.refresh()
  t.same(tags('instance-1'), { n: '2' })
})

t.test('touching a file is no change', async (t) => {
  const { dir, index, changes } = await folderIndex(t)
  await put(dir, 'instance-1', '{}')
  index.refresh()
  utimesSync(join(dir, 'instance-1'), 1, 1)
  index.refresh()
  t.same(changes, ['created instance-1'])
})

t.test('one look finds one instance, and that it is gone', async (t) => {
  const { dir, index, changes } = await folderIndex(t)
  await put(dir, 'instance-1', {})
  await put(dir, 'instance-2', {})
  t.equal(index.look('instance-1')?.id, 'instance-1')
  rmSync(join(dir, 'instance-1'))
  t.equal(index.look('instance-1'), undefined)
  t.same(changes, ['created instance-1', 'destroyed instance-1'])
})

t.test('folder gone: unavailable, and nothing counts as destroyed', async (t) => {
  const { dir, index, changes } = await folderIndex(t)
  await put(dir, 'instance-1', {})
  index.refresh()
  renameSync(dir, `${dir}-away`)
  t.match(
    thrown(() => index.refresh()),
    { kind: 'unavailable', hint: /Make the folder again/ },
  )
  t.match(
    thrown(() => index.look('instance-1')),
    { kind: 'unavailable' },
  )
  t.match(
    thrown(() => index.look('instance-7')),
    { kind: 'unavailable' },
    'not even for one it never had',
  )
  renameSync(`${dir}-away`, dir)
  index.refresh()
  t.same(changes, ['created instance-1'])
})

t.test('folder replaced by an empty one: its instances are gone', async (t) => {
  const { dir, index, changes } = await folderIndex(t)
  await put(dir, 'instance-1', {})
  index.refresh()
  rmSync(dir, { recursive: true })
  mkdirSync(dir)
  index.refresh()
  t.same(changes, ['created instance-1', 'destroyed instance-1'])
})

const shm = '/dev/shm'
const otherDevice = existsSync(shm) && statSync(shm).dev !== statSync('/tmp').dev

t.test('something else mounted in the folder’s place: unavailable, not empty', { skip: !otherDevice }, async (t) => {
  const root = await temporaryFolder(t)
  mkdirSync(join(root, 'real'))
  const dir = join(root, 'link')
  symlinkSync('real', dir)
  await put(dir, 'instance-1', {})
  const index = createFolderIndex(dir, () => undefined)
  index.refresh()
  rmSync(dir)
  symlinkSync(shm, dir)
  t.match(
    thrown(() => index.refresh()),
    { kind: 'unavailable', message: /another file system/ },
  )
})

t.test('half-written file: the instance keeps what it had for a second, then it is failed', async (t) => {
  const { dir, index, changes, tags } = await folderIndex(t)
  await put(dir, 'instance-1', { Tags: { a: '1' } })
  index.refresh()
  await put(dir, 'instance-1', '{"Tags": {"a"')
  index.refresh()
  t.same(tags('instance-1'), { a: '1' }, 'somebody may still be writing')
  t.match(index.entries.get('instance-1')?.problem?.reason, /makes no sense/)
  await waitUntil('patience to end', () => (index.refresh(), tags('instance-1') === undefined))
  t.equal(index.entries.get('instance-1')?.file, undefined)
  await put(dir, 'instance-1', { Tags: { a: '1' } })
  index.refresh()
  t.same(tags('instance-1'), { a: '1' }, 'repaired')
  t.equal(changes.length, 4, changes.join(', '))
})

t.test('what is no regular file, or too big, is there and not read', async (t) => {
  const { dir, index } = await folderIndex(t)
  mkdirSync(join(dir, 'instance-1'))
  symlinkSync('/etc/hostname', join(dir, 'instance-2'))
  execFileSync('mkfifo', [join(dir, 'instance-3')])
  writeFileSync(join(dir, 'instance-4'), '')
  truncateSync(join(dir, 'instance-4'), 9 * 1024 * 1024)
  index.refresh()
  const reasons = [1, 2, 3, 4].map((n) => index.entries.get(`instance-${n}`)?.problem?.reason)
  const irregular = 'is not a regular file'
  t.same(reasons, [irregular, irregular, irregular, 'is larger than 8 MiB'])
})

/** How somebody else puts new content into a file, 2000 times, while the index looks. */
const writers = {
  renaming: `fs.writeFileSync(dir + '/.t', text); fs.renameSync(dir + '/.t', path)`,
  removing: `fs.rmSync(path); fs.writeFileSync(path, text)`,
}

/** The fewest of 50 instances that any look found. */
async function fewestSeen(t: Teardown, how: keyof typeof writers): Promise<number> {
  const { dir, index } = await folderIndex(t)
  for (let n = 0; n < 50; n++) await put(dir, `instance-${n}`, {})
  const script = `
    const fs = require('node:fs')
    const dir = process.argv[1]
    for (let i = 0; i < 2000; i++) {
      const path = dir + '/instance-' + (i % 50)
      const text = '{"n":' + i + '}'
      ${writers[how]}
    }`
  const writer = startProcess(t, '-e', [script, dir])
  let running = true
  void writer.exited.then(() => (running = false))
  let fewest = 50
  while (running) {
    index.refresh()
    fewest = Math.min(fewest, index.entries.size)
    await new Promise((resolve) => setImmediate(resolve))
  }
  return fewest
}

t.test('no look ever misses an instance while others are renamed over it', async (t) => {
  t.equal(await fewestSeen(t, 'renaming'), 50)
})

t.test('control: looks do miss an instance whose file is removed for a moment', async (t) => {
  t.ok((await fewestSeen(t, 'removing')) < 50)
})
