import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { join } from 'node:path'
import { rejection, temporaryFolder } from '@infrakit/testing'
import t from 'tap'
import { findPlugin, listPlugins } from '../src/index.js'
import { runFixture } from './support.js'

async function socketAt(t: { teardown(fn: () => unknown): unknown }, path: string): Promise<void> {
  const server = createServer().listen(path)
  t.teardown(() => server.close())
  await once(server, 'listening')
}

t.test('a missing folder is an empty list', async (t) => {
  t.same(await listPlugins(join(await temporaryFolder(t), 'none')), [])
})

t.test('lists sockets and .listen files, sorted; passes over everything else', async (t) => {
  const folder = await temporaryFolder(t)
  for (const name of ['group', 'flavor-vanilla', '.hidden', 'x.lock']) await socketAt(t, join(folder, name))
  await writeFile(join(folder, 'far.listen'), 'tcp://10.0.0.1:4000\n')
  await writeFile(join(folder, 'far.pid'), '1')
  await writeFile(join(folder, 'notes'), 'x')
  await mkdir(join(folder, 'folder'))
  await symlink(join(folder, 'group'), join(folder, 'linked'))
  await symlink('nowhere', join(folder, 'dangling'))
  const found = await listPlugins(folder)
  t.same(
    found.map(({ name, listen }) => [name, listen]),
    [
      ['far', 'tcp://10.0.0.1:4000'],
      ['flavor-vanilla', join(folder, 'flavor-vanilla')],
      ['group', join(folder, 'group')],
      ['linked', join(folder, 'linked')],
    ],
  )
  t.same(found[0]?.address, { host: '10.0.0.1', port: 4000 })
  t.same(found[1]?.address, { path: join(folder, 'flavor-vanilla') })
})

t.test('nobody is asked: dead sockets and hosts that do not answer are listed all the same', async (t) => {
  const folder = await temporaryFolder(t)
  const child = runFixture(t, 'serve', [folder, 'dead'])
  await child.says('serving')
  await child.kill()
  await writeFile(join(folder, 'far.listen'), 'tcp://192.0.2.1:9')
  const found = await listPlugins(folder)
  t.same(
    found.map(({ name, pid }) => [name, pid]),
    [
      ['dead', undefined],
      ['far', undefined],
    ],
  )
})

t.test('the pid: of the process that serves it, by its lock or else by its pid file', async (t) => {
  const folder = await temporaryFolder(t)
  const child = runFixture(t, 'serve', [folder, 'ours'])
  await child.says('serving')
  await socketAt(t, join(folder, 'other'))
  await socketAt(t, join(folder, 'gone'))
  await socketAt(t, join(folder, 'odd'))
  await writeFile(join(folder, 'ours.pid'), '1')
  await writeFile(join(folder, 'other.pid'), `${process.pid}`)
  await writeFile(join(folder, 'gone.pid'), `${2 ** 30}`)
  await writeFile(join(folder, 'odd.pid'), 'none of your business')
  const pids = Object.fromEntries((await listPlugins(folder)).map(({ name, pid }) => [name, pid]))
  t.same(pids, { ours: child.pid, other: process.pid, gone: undefined, odd: undefined })
})

t.test('a killed plugin has no pid, even when its pid file names a living process', async (t) => {
  const folder = await temporaryFolder(t)
  const child = runFixture(t, 'serve', [folder, 'p'])
  await child.says('serving')
  await child.kill()
  await writeFile(join(folder, 'p.pid'), `${process.pid}`)
  t.equal((await findPlugin(folder, 'p')).pid, undefined)
})

t.test('one .listen file that makes no sense hides no other plugin, and is named when it is asked for', async (t) => {
  const folder = await temporaryFolder(t)
  await socketAt(t, join(folder, 'good'))
  await writeFile(join(folder, 'bad.listen'), 'somewhere')
  t.same(
    (await listPlugins(folder)).map(({ name }) => name),
    ['good'],
  )
  t.match(await rejection(findPlugin(folder, 'bad')), {
    kind: 'input',
    message: join(folder, 'bad.listen'),
    hint: /tcp/,
  })
})

t.test('found by name, also by the first part of a name with two', async (t) => {
  const folder = await temporaryFolder(t)
  await socketAt(t, join(folder, 'swarm'))
  t.equal((await findPlugin(folder, 'swarm')).listen, join(folder, 'swarm'))
  t.equal((await findPlugin(folder, 'swarm/manager')).name, 'swarm')
})

t.test('a socket goes before a .listen file of the same name', async (t) => {
  const folder = await temporaryFolder(t)
  await socketAt(t, join(folder, 'p'))
  await writeFile(join(folder, 'p.listen'), 'tcp://h:1')
  t.equal((await findPlugin(folder, 'p')).listen, join(folder, 'p'))
  t.equal((await listPlugins(folder)).length, 1)
})

t.test('not found: says so, with the nearest name and what there is', async (t) => {
  const folder = await temporaryFolder(t)
  t.match(await rejection(findPlugin(folder, 'nosuch')), {
    kind: 'not-found',
    message: 'plugin not found:nosuch',
    hint: `No plugin runs in ${folder}. Start it: infrakit plugin start nosuch`,
  })
  await socketAt(t, join(folder, 'group'))
  t.match(await rejection(findPlugin(folder, 'gruop/x')), {
    message: 'plugin not found:gruop/x',
    hint: `Did you mean 'group'? Plugins in ${folder}: group.`,
  })
  t.match(await rejection(findPlugin(folder, 'group.pid')), { kind: 'not-found' })
})

t.test('names that would leave the folder are refused', async (t) => {
  const folder = await temporaryFolder(t)
  for (const name of ['', '..', '../x', '/etc/passwd'])
    t.match(await rejection(findPlugin(folder, name)), { kind: 'input' })
})
