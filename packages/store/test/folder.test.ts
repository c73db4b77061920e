import { chmod, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { rejection, temporaryFolder } from '@infrakit/testing'
import t from 'tap'
import { makeFolder } from '../src/index.js'

t.test('made with those above it, 0700; one that is there keeps its rights', async (t) => {
  const top = await temporaryFolder(t)
  await makeFolder(join(top, 'a', 'b'))
  t.equal((await stat(join(top, 'a'))).mode & 0o777, 0o700)
  await chmod(join(top, 'a', 'b'), 0o750)
  await makeFolder(join(top, 'a', 'b'))
  t.equal((await stat(join(top, 'a', 'b'))).mode & 0o777, 0o750)
})

t.test('many at once', async (t) => {
  const top = await temporaryFolder(t)
  await Promise.all(Array.from({ length: 20 }, () => makeFolder(join(top, 'a', 'b', 'c'))))
  t.ok((await stat(join(top, 'a', 'b', 'c'))).isDirectory())
})

t.test('a file in its place or above it: the error names the folder', async (t) => {
  const top = await temporaryFolder(t)
  await writeFile(join(top, 'f'), '')
  t.match(await rejection(makeFolder(join(top, 'f'))), { name: 'StoreError', message: join(top, 'f') })
  t.match(await rejection(makeFolder(join(top, 'f', 'g'))), { name: 'StoreError', message: join(top, 'f', 'g') })
})

t.test('a file system that takes no folders: refused', { skip: process.platform !== 'linux' }, async (t) => {
  t.match(await rejection(makeFolder('/proc/none/x')), { name: 'StoreError', message: '/proc/none' })
})
