import { chmod, mkdir, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stringifyJson } from '@infrakit/rpc'
import { tag } from '@infrakit/spi'
import { temporaryFolder } from '@infrakit/testing'
import t from 'tap'
import { goFiles } from './go-files.js'
import { instancesOn, json, open, put, rejection } from './support.js'

const web = { Properties: { Note: 'v1' }, Tags: { 'infrakit.group': 'web', tier: 'a' }, Init: 'run it' }
const keyed = (key: string) => ({ Spec: { ...web, Tags: { ...web.Tags, [tag.provision]: key } } })

t.test('provision, describe, label, destroy', async (t) => {
  const { instance, dir, ids } = await open(t)
  const { ID } = await instance.provision({ Spec: web })
  t.match(ID, /^instance-\d+$/)
  t.match(await json(dir, ID), { ID, LogicalID: null, Tags: web.Tags, Spec: { ...web, Attachments: null } })
  t.same(await instance.describeInstances({}), { Descriptions: [{ ID, LogicalID: null, Tags: web.Tags }] })
  await instance.label({ Instance: ID, Labels: { tier: 'b', new: '1' } })
  const [labelled] = (await instance.describeInstances({})).Descriptions
  t.same(labelled?.Tags, { 'infrakit.group': 'web', tier: 'b', new: '1' })
  await instance.destroy({ Instance: ID, Context: { Reason: 'terminate' } })
  t.same(await ids(), [])
  t.same(await instancesOn(dir), [])
})

t.test('validate accepts any JSON', async (t) => {
  const { instance } = await open(t)
  for (const Properties of [undefined, null, {}, [], 'x', 7, { deep: { er: [1] } }]) {
    await t.resolves(instance.validate({ Properties }))
  }
})

t.test('tags are matched by AND, answers are sorted by ID', async (t) => {
  const { instance, dir, ids } = await open(t)
  await put(dir, 'instance-3', { Tags: { a: '1', b: '1' } })
  await put(dir, 'instance-1', { Tags: { a: '1', b: '2' } })
  await put(dir, 'instance-20', { Tags: null })
  t.same(await ids(), ['instance-1', 'instance-20', 'instance-3'])
  t.same(await ids({}), ['instance-1', 'instance-20', 'instance-3'])
  t.same(await ids({ a: '1' }), ['instance-1', 'instance-3'])
  t.same(await ids({ a: '1', b: '2' }), ['instance-1'])
  t.same(await ids({ a: '1', c: '1' }), [])
  t.same((await instance.describeInstances({ Tags: null })).Descriptions.length, 3)
})

t.test('properties: the whole specification, only when asked for', async (t) => {
  const { instance } = await open(t)
  await instance.provision({ Spec: web })
  const [without] = (await instance.describeInstances({})).Descriptions
  t.notOk(Object.hasOwn(without ?? {}, 'Properties'))
  const [withThem] = (await instance.describeInstances({ Properties: true })).Descriptions
  t.strictSame(withThem?.Properties, { ...web, LogicalID: null, Attachments: null })
})

t.test('logical IDs and attachments are kept', async (t) => {
  const { instance } = await open(t)
  const Attachments = [{ ID: 'v1', Type: 'volume' }]
  await instance.provision({ Spec: { LogicalID: '10.0.0.1', Attachments } })
  const [one] = (await instance.describeInstances({ Properties: true })).Descriptions
  t.match(one, { LogicalID: '10.0.0.1', Tags: null, Properties: { Attachments } })
})

t.test('files of the original are read, relabelled and keep all they held', async (t) => {
  const { instance, dir, ids } = await open(t)
  for (const [id, text] of Object.entries(goFiles)) await put(dir, id, text)
  t.same(await ids(), Object.keys(goFiles).sort())
  const { Descriptions } = await instance.describeInstances({ Properties: true })
  const pet = Descriptions.find((one) => one.ID === 'instance-7196302547999553772')
  t.match(pet, { LogicalID: '192.168.0.2', Tags: null })
  t.match(stringifyJson(pet?.Properties), '"Serial":9007199254740993')
  for (const id of Object.keys(goFiles)) await instance.label({ Instance: id, Labels: { adopted: 'yes' } })
  for (const [id, text] of Object.entries(goFiles)) {
    const before = JSON.parse(text)
    t.strictSame(await json(dir, id), { ...before, Tags: { ...before.Tags, adopted: 'yes' } }, id)
  }
  const relabelled = await readFile(join(dir, 'instance-7196302547999553772'), 'utf8')
  t.match(relabelled, '"Serial": 9007199254740993')
})

t.test('relabelling keeps fields that nobody knows, and the rights of the file', async (t) => {
  const { instance, dir } = await open(t)
  const text = '{"Comment":"mine","Tags":{"a":"1"},"Spec":{"Unknown":[9007199254740993]},"__proto__":{"x":1}}'
  await put(dir, 'instance-1', text)
  await chmod(join(dir, 'instance-1'), 0o640)
  await instance.label({ Instance: 'instance-1', Labels: { a: '2' } })
  const after = await readFile(join(dir, 'instance-1'), 'utf8')
  t.equal(after.replaceAll(/\s/g, ''), text.replace('"a":"1"', '"a":"2"'))
  t.equal((await stat(join(dir, 'instance-1'))).mode & 0o777, 0o640)
})

t.test('a label that is there already writes nothing', async (t) => {
  let writes = 0
  const { instance, dir } = await open(t, { write: async () => void writes++ })
  await put(dir, 'instance-1', { Tags: { a: '1' } })
  await instance.label({ Instance: 'instance-1', Labels: { a: '1' } })
  await instance.label({ Instance: 'instance-1', Labels: {} })
  t.equal(writes, 0)
})

t.test('many labels at once: none is lost', async (t) => {
  const { instance } = await open(t)
  const { ID } = await instance.provision({ Spec: {} })
  const names = Array.from({ length: 30 }, (_, i) => `l${i}`)
  await Promise.all(names.map((name) => instance.label({ Instance: ID, Labels: { [name]: '1' } })))
  const [one] = (await instance.describeInstances({})).Descriptions
  t.same(Object.keys(one?.Tags ?? {}).sort(), names.sort())
})

t.test('IDs that leave the folder are refused, and nothing outside is touched', async (t) => {
  const root = await temporaryFolder(t)
  const { instance, lifecycle, logs } = await open(t, { dir: join(root, 'i') })
  await writeFile(join(root, 'instance-1'), '{"Tags":{}}')
  const escapes = [
    '../instance-1',
    join(root, 'instance-1'),
    '..',
    '.',
    '',
    'a/b',
    './instance-1',
    'x/../../instance-1',
  ]
  for (const Instance of [...escapes, 'instance-1\0', '.history', '..\\instance-1']) {
    const calls = [
      () => instance.destroy({ Instance }),
      () => instance.label({ Instance, Labels: { a: '1' } }),
      () => lifecycle.stop({ Instance }),
      () => lifecycle.start({ Instance }),
      () => logs.tail({ Instance }),
    ]
    for (const call of calls) t.match(await rejection(call()), { kind: 'input' }, JSON.stringify(Instance))
  }
  t.equal(await readFile(join(root, 'instance-1'), 'utf8'), '{"Tags":{}}')
})

t.test('unknown instance: not-found in the words of the original', async (t) => {
  const { instance, lifecycle, logs, dir } = await open(t)
  for (const Instance of ['nosuch', 'instance-404']) {
    t.match(await rejection(instance.destroy({ Instance })), {
      kind: 'not-found',
      message: `remove ${join(dir, Instance)}: no such file or directory`,
    })
    for (const call of [
      () => instance.label({ Instance, Labels: { a: '1' } }),
      () => lifecycle.stop({ Instance }),
      () => lifecycle.start({ Instance }),
      () => logs.tail({ Instance }),
    ]) {
      t.match(await rejection(call()), { kind: 'not-found', message: `open ${join(dir, Instance)}: no such file` })
    }
  }
})

t.test('a file that is no instance is never removed', async (t) => {
  const { instance, dir, ids } = await open(t)
  await writeFile(join(dir, 'notes.txt'), 'keep me')
  t.same(await ids(), [])
  t.match(await rejection(instance.destroy({ Instance: 'notes.txt' })), { kind: 'not-found' })
  t.equal(await readFile(join(dir, 'notes.txt'), 'utf8'), 'keep me')
})

t.test('a destroyed link removes the link, not what it leads to', async (t) => {
  const root = await temporaryFolder(t)
  const { instance, dir } = await open(t, { dir: join(root, 'i') })
  await writeFile(join(root, 'precious'), '{"Tags":{}}')
  await symlink(join(root, 'precious'), join(dir, 'instance-1'))
  t.match((await instance.describeInstances({})).Descriptions, [{ State: 'failed', Tags: null }])
  t.match(await rejection(instance.label({ Instance: 'instance-1', Labels: { a: '1' } })), { kind: 'plugin-failed' })
  await instance.destroy({ Instance: 'instance-1' })
  t.same(await readdir(root), ['i', 'precious'])
})

t.test('one corrupt file hides nobody and is told once', async (t) => {
  const dir = await temporaryFolder(t)
  await put(dir, 'instance-1', { Tags: { g: 'web' } })
  await put(dir, 'instance-2', '{"ID": "instance-2", "Tags": {"g": "we')
  await put(dir, 'instance-3', { Tags: { g: 'web' } })
  await put(dir, 'instance-4', '')
  const { instance, ids, warnings } = await open(t, { dir })
  for (let i = 0; i < 5; i++) t.same(await ids({ g: 'web' }), ['instance-1', 'instance-3'])
  const corrupt = (await instance.describeInstances({ Properties: true })).Descriptions[1]
  t.match(corrupt, { ID: 'instance-2', Tags: null, State: 'failed', StateReason: /^the file makes no sense: / })
  t.equal(warnings.filter((line) => line.includes('instance-2')).length, 1)
  t.match(await rejection(instance.label({ Instance: 'instance-2', Labels: { a: '1' } })), {
    kind: 'plugin-failed',
    hint: /Repair the file/,
  })
  await instance.destroy({ Instance: 'instance-2' })
  await put(dir, 'instance-4', { Tags: { g: 'web' } })
  t.same(await ids({ g: 'web' }), ['instance-1', 'instance-3', 'instance-4'], 'repaired')
})

t.test('files deleted, added and edited by hand show in the very next answer', async (t) => {
  const { instance, dir, ids } = await open(t)
  for (let i = 0; i < 50; i++) {
    const { ID } = await instance.provision({ Spec: web })
    t.same(await ids(), [ID])
    await put(dir, ID, { Tags: { round: String(i) } })
    t.same(await ids({ round: String(i) }), [ID])
    await rm(join(dir, ID))
    t.same(await ids(), [])
  }
})

t.test('stop and start keep the file, and both can be repeated', async (t) => {
  const { instance, lifecycle, dir, ids } = await open(t)
  const { ID } = await instance.provision({ Spec: web })
  const before = await readFile(join(dir, ID), 'utf8')
  await lifecycle.stop({ Instance: ID, Context: { Reason: 'parked' } })
  await lifecycle.stop({ Instance: ID })
  t.match(await json(dir, ID), { ID, State: 'stopped', Tags: web.Tags })
  t.match((await instance.describeInstances({})).Descriptions, [{ ID, State: 'stopped', Tags: web.Tags }])
  await instance.label({ Instance: ID, Labels: {} })
  t.same(await ids({ tier: 'a' }), [ID])
  await lifecycle.start({ Instance: ID })
  await lifecycle.start({ Instance: ID })
  t.equal(await readFile(join(dir, ID), 'utf8'), before)
  t.notOk((await instance.describeInstances({})).Descriptions[0]?.State)
})

t.test('a stopped instance is stopped after a restart too', async (t) => {
  const first = await open(t)
  const { ID } = await first.instance.provision({ Spec: web })
  await first.lifecycle.stop({ Instance: ID })
  first.stop()
  const second = await open(t, { dir: first.dir })
  t.match((await second.instance.describeInstances({})).Descriptions, [{ ID, State: 'stopped' }])
})

t.test('the history tells what happened, outlives a restart, and goes with the instance', async (t) => {
  const first = await open(t)
  const { ID } = await first.instance.provision({ Spec: web })
  await first.instance.label({ Instance: ID, Labels: { a: 'secret-value', b: '2' } })
  await first.lifecycle.stop({ Instance: ID, Context: { Reason: 'parked' } })
  await first.lifecycle.start({ Instance: ID })
  first.stop()
  const { logs, instance, dir } = await open(t, { dir: first.dir })
  const { Lines } = await logs.tail({ Instance: ID })
  t.match(Lines, [/Z provisioned$/, /Z labelled a, b$/, /Z stopped: parked$/, /Z started$/])
  t.notMatch(Lines.join(), 'secret-value')
  t.equal((await logs.tail({ Instance: ID, Lines: 1 })).Lines.length, 1)
  await instance.destroy({ Instance: ID })
  await put(dir, ID, {})
  t.same(await logs.tail({ Instance: ID }), { Lines: [] }, 'another one of the same name has none')
})

t.test('histories of instances deleted while the plugin was away are cleared', async (t) => {
  const first = await open(t)
  const { ID } = await first.instance.provision({ Spec: web })
  const { ID: kept } = await first.instance.provision({ Spec: web })
  first.stop()
  await rm(join(first.dir, ID))
  await open(t, { dir: first.dir })
  t.match(await readFile(join(first.dir, '.history'), 'utf8'), new RegExp(`^\\S+ ${kept} provisioned\n$`))
})

t.test('a history that cannot be written fails nothing', async (t) => {
  const { instance, dir, warnings, ids } = await open(t)
  await mkdir(join(dir, '.history'))
  const { ID } = await instance.provision({ Spec: web })
  t.same(await ids(), [ID])
  t.match(warnings.join('\n'), /could not write a history/)
})

t.test('provision key: repeated, concurrent and after a restart, always the same instance', async (t) => {
  const first = await open(t)
  const both = await Promise.all(Array.from({ length: 20 }, () => first.instance.provision(keyed('k1'))))
  const again = await first.instance.provision(keyed('k1'))
  const other = await first.instance.provision(keyed('k2'))
  t.equal(new Set([...both, again].map((one) => one.ID)).size, 1)
  t.not(other.ID, again.ID)
  t.equal((await instancesOn(first.dir)).length, 2)
  first.stop()
  const second = await open(t, { dir: first.dir })
  t.same(await second.instance.provision(keyed('k1')), again)
  const [one] = (await second.instance.describeInstances({ Tags: { [tag.provision]: 'k1' } })).Descriptions
  t.equal(one?.ID, again.ID, 'the key is a tag like any other')
})

t.test('provision key of an instance that was deleted by hand: a new one', async (t) => {
  const { instance, dir, ids } = await open(t)
  const { ID } = await instance.provision(keyed('k'))
  await rm(join(dir, ID))
  const { ID: next } = await instance.provision(keyed('k'))
  t.not(next, ID)
  t.same(await ids(), [next])
})

t.test('without a key every provision makes one', async (t) => {
  const { instance, ids } = await open(t)
  await Promise.all([instance.provision({ Spec: web }), instance.provision({ Spec: web })])
  t.equal((await ids()).length, 2)
})

t.test('a key whose first provision failed can be used again', async (t) => {
  let fail = true
  const { instance, ids, dir } = await open(t, {
    write: async (path, data) => {
      if (fail) throw new Error('no')
      await writeFile(path, data)
    },
  })
  const results = await Promise.allSettled([instance.provision(keyed('k')), instance.provision(keyed('k'))])
  t.same(
    results.map((result) => result.status),
    ['rejected', 'rejected'],
  )
  t.same(await instancesOn(dir), [])
  fail = false
  const { ID } = await instance.provision(keyed('k'))
  t.same(await ids(), [ID])
})

t.test('1000 at once: all there, each once, and none in another’s place', async (t) => {
  const { instance, dir, ids, events } = await open(t)
  const made = await Promise.all(
    Array.from({ length: 1000 }, (_, i) => instance.provision({ Spec: { Tags: { n: String(i) } } })),
  )
  const expected = made.map((one) => one.ID).sort()
  t.equal(new Set(expected).size, 1000)
  t.same(await ids(), expected)
  t.same(await instancesOn(dir), expected)
  t.same(
    events
      .filter((event) => event.startsWith('created'))
      .map((event) => event.slice(8))
      .sort(),
    expected,
  )
  t.same(await ids({ n: '517' }), [made[517]?.ID])
  await Promise.all(expected.map((Instance) => instance.destroy({ Instance })))
  t.same(await readdir(dir), ['.history'])
})

t.test('destroyed twice at once: one succeeds, the other learns that it is gone', async (t) => {
  const { instance } = await open(t)
  const { ID } = await instance.provision({ Spec: web })
  const results = await Promise.allSettled([instance.destroy({ Instance: ID }), instance.destroy({ Instance: ID })])
  t.match(results, [{ status: 'fulfilled' }, { status: 'rejected', reason: { kind: 'not-found' } }])
})

t.test('folder gone: unavailable for everything, and nothing makes it again', async (t) => {
  const { instance, dir } = await open(t)
  const { ID } = await instance.provision(keyed('k'))
  await rename(dir, `${dir}-away`)
  for (const call of [
    () => instance.describeInstances({}),
    () => instance.provision({ Spec: web }),
    () => instance.provision(keyed('k')),
    () => instance.destroy({ Instance: ID }),
    () => instance.label({ Instance: ID, Labels: { a: '1' } }),
  ]) {
    t.match(await rejection(call()), { kind: 'unavailable', hint: /Make the folder again/ })
  }
  await t.rejects(stat(dir))
  await rename(`${dir}-away`, dir)
  t.same(await instance.provision(keyed('k')), { ID })
})

t.test('a missing folder is made at the start, with all that leads to it', async (t) => {
  const dir = join(await temporaryFolder(t), 'a/b/c')
  const { ids } = await open(t, { dir })
  t.same(await ids(), [])
  t.equal((await stat(dir)).mode & 0o777, 0o700)
})

t.test('a folder that is a file: refused at the start, with advice', async (t) => {
  const dir = join(await temporaryFolder(t), 'file')
  await writeFile(dir, '')
  t.match(await rejection(open(t, { dir })), { kind: 'input', message: /cannot use .*file/, hint: /--dir/ })
})

t.test('left-overs of killed processes are cleared at the start', async (t) => {
  const dir = join(await temporaryFolder(t), 'i')
  await mkdir(dir)
  await writeFile(join(dir, '.tmp-4194304-0123456789abcdef'), '{"ID": "insta')
  const { ids } = await open(t, { dir })
  t.same(await ids(), [])
  t.same(await readdir(dir), [])
})
