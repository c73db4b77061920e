import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { rejection, temporaryFolder } from '@infrakit/testing'
import t from 'tap'
import { openStore, StoreError } from '../src/index.js'
import { runFixture } from './support.js'

t.test('reads what was written, lists keys in order, removes', async (t) => {
  const store = await openStore<object>(await temporaryFolder(t))
  t.equal(await store.read('b'), undefined)
  await store.write('b', { n: 1 })
  await store.write('a', { n: 2 })
  t.same(await store.read('b'), { n: 1 })
  t.same(await store.keys(), ['a', 'b'])
  await store.remove('b')
  await store.remove('b')
  t.same(await store.keys(), ['a'])
})

t.test('another store on the same folder sees it: nothing is kept in memory', async (t) => {
  const folder = await temporaryFolder(t)
  await (await openStore<number>(folder)).write('k', 7)
  t.equal(await (await openStore<number>(folder)).read('k'), 7)
})

t.test('the folder is made with its parents, 0700; files are 0600', async (t) => {
  const folder = join(await temporaryFolder(t), 'x', 'y')
  const store = await openStore<number>(folder)
  await store.write('k', 1)
  t.equal((await stat(folder)).mode & 0o777, 0o700)
  t.equal((await stat(join(folder, 'k.json'))).mode & 0o777, 0o600)
})

t.test('any text is a key and stays inside the folder', async (t) => {
  const folder = await temporaryFolder(t)
  const store = await openStore<string>(join(folder, 's'))
  const keys = [
    '',
    '.',
    '..',
    '../../etc/passwd',
    'a/b',
    '%2F',
    'ä€😀',
    '.tmp-1-0123456789abcdef',
    '__proto__',
    'a.json',
    '\0',
  ]
  for (const key of keys) await store.write(key, key)
  for (const key of keys) t.equal(await store.read(key), key, JSON.stringify(key))
  t.same(await store.keys(), [...keys].sort())
  t.same(await readdir(folder), ['s'])
  await openStore(join(folder, 's'))
  t.equal((await store.keys()).length, keys.length, 'no key is taken for a left-over')
})

t.test('keys that cannot be a file name are refused', async (t) => {
  const store = await openStore<string>(await temporaryFolder(t))
  await t.rejects(store.write('\ud800', ''), { name: 'StoreError' })
  await t.rejects(store.write('k'.repeat(300), ''), { name: 'StoreError', code: 'ENAMETOOLONG', hint: /shorter/ })
})

t.test("files that are not the store's own are passed over", async (t) => {
  const folder = await temporaryFolder(t)
  for (const name of ['notes.txt', '%zz.json', 'a b.json', '.lock']) await writeFile(join(folder, name), 'x')
  t.same(await (await openStore(folder)).keys(), [])
})

t.test('a damaged file throws, names the file and what to do, and quotes nothing of it', async (t) => {
  const folder = await temporaryFolder(t)
  const store = await openStore<object>(folder)
  const path = join(folder, 'k.json')
  const cases: [string, string | Buffer][] = [
    ['empty', ''],
    ['half', '{"password":"hunter2'],
    ['text', 'hunter2'],
    ['not UTF-8', Buffer.from([0x22, 0xff, 0xfe, 0x22])],
  ]
  for (const [name, content] of cases) {
    await writeFile(path, content)
    const error = await rejection(store.read('k'))
    t.ok(error instanceof StoreError, name)
    t.match(error, { path, hint: /move it away/ }, name)
    t.match((error as Error).message, `cannot read ${path}: its content is damaged`, name)
    t.notMatch(`${(error as Error).stack} ${String((error as Error).cause)}`, /hunter/, name)
  }
  await store.write('other', {})
  t.same(await store.read('other'), {}, 'others can still be read')
  t.same(await store.keys(), ['k', 'other'], 'and it is listed: damaged is not absent')
})

t.test('an unreadable file throws and is not taken as absent', async (t) => {
  const folder = await temporaryFolder(t)
  await mkdir(join(folder, 'k.json'))
  await t.rejects((await openStore(folder)).read('k'), { name: 'StoreError', code: 'EISDIR' })
})

t.test('check gives the type, and what it throws names the file', async (t) => {
  const folder = await temporaryFolder(t)
  const check = (value: unknown, key: string) => {
    if (typeof value !== 'number') throw new TypeError(`${key}: expected a number`)
    return value + 1
  }
  const store = await openStore(folder, { check })
  await store.write('k', 1)
  t.equal(await store.read('k'), 2)
  await writeFile(join(folder, 'k.json'), '"two"')
  await t.rejects(store.read('k'), { message: /k\.json: its content is damaged: k: expected a number/ })
})

t.test('another format is used both ways', async (t) => {
  const folder = await temporaryFolder(t)
  const format = { parse: (text: string) => text.trim().split(','), stringify: (value: unknown) => String(value) }
  const store = await openStore<string[]>(folder, { format })
  await store.write('k', ['a', 'b'])
  t.same(await store.read('k'), ['a', 'b'])
  t.equal(await readFile(join(folder, 'k.json'), 'utf8'), 'a,b\n')
})

t.test('a value without a text is refused, the old one stays', async (t) => {
  const store = await openStore<unknown>(await temporaryFolder(t))
  await store.write('k', 1)
  await t.rejects(store.write('k', undefined), { name: 'StoreError' })
  t.equal(await store.read('k'), 1)
})

t.test('writes of one key are done in order, the last one wins, each as it was when asked for', async (t) => {
  const store = await openStore<{ n: number }>(await temporaryFolder(t))
  const value = { n: 0 }
  const writes = Array.from({ length: 50 }, (_, n) => {
    value.n = n
    return store.write('k', value)
  })
  value.n = -1
  const removed = store.remove('k')
  const last = store.write('k', { n: 99 })
  await Promise.all([...writes, removed, last])
  t.same(await store.read('k'), { n: 99 })
})

t.test('a failed write does not stop the next one', async (t) => {
  const folder = await temporaryFolder(t)
  const store = await openStore<number>(join(folder, 's'))
  await mkdir(join(folder, 's', 'k.json'))
  const failed = t.rejects(store.write('k', 1), StoreError)
  const other = store.write('j', 2)
  await Promise.all([failed, other])
  t.equal(await store.read('j'), 2)
})

t.test('two processes that write at once: the content is one of theirs, whole, and nothing is left over', async (t) => {
  const folder = await temporaryFolder(t)
  const children = ['a', 'b'].map((letter) => runFixture(t, 'write-many', [folder, 'store', '200000', letter]))
  const store = await openStore<string>(folder)
  let done = false
  const ended = Promise.all(children.map((child) => child.exited)).then(() => (done = true))
  while (!done) {
    const text = await store.read('shared')
    if (text !== undefined && text !== (text[0] ?? '').repeat(200_000)) t.fail('a mixture was read')
    await new Promise((resolve) => setImmediate(resolve))
  }
  await ended
  for (const child of children) t.match(child.output(), 'written')
  t.same(await readdir(folder), ['shared.json'])
})

t.test('a folder that cannot be made or is a file: error names it', async (t) => {
  const folder = await temporaryFolder(t)
  await writeFile(join(folder, 'f'), '')
  await t.rejects(openStore(join(folder, 'f')), { name: 'StoreError', message: /cannot make the folder .*\/f: / })
  await t.rejects(openStore(join(folder, 'f', 'g')), { name: 'StoreError' })
})
