import { readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fenceInterface } from '@infrakit/spi'
import { rejection, startProcess, temporaryFolder, waitUntil } from '@infrakit/testing'
import t from 'tap'
import { executable, serve } from './support.js'

t.test('what it serves', async (t) => {
  const { client } = await serve(t, await temporaryFolder(t))
  const { objects } = await client.handshake()
  t.same(objects.map(({ name }) => name).sort(), ['Event', 'Fence', 'Registry'])
})

t.test('events reach a subscriber', async (t) => {
  const { client, registry } = await serve(t, await temporaryFolder(t))
  const seen: string[] = []
  const stop = new AbortController()
  t.teardown(() => stop.abort())
  let connected = false
  client.subscribe('registry/keys/shop', {
    connected: () => (connected = true),
    event: ({ Topic, ID }) => void seen.push(`${Topic} ${ID}`),
    signal: stop.signal,
  })
  await waitUntil('the stream', () => connected)
  await registry.put({ Key: 'other', Value: '1' })
  await registry.put({ Key: 'shop/colour', Value: 'blue' })
  await waitUntil('the event', () => seen.length > 0)
  t.same(seen, ['registry/keys/shop/colour shop/colour'])
})

t.test('callers whose time is over are refused', async (t) => {
  const { client, registry } = await serve(t, await temporaryFolder(t))
  await client.bind(fenceInterface).raise({ Scope: 's', Epoch: 2 })
  const old = registry.put({ Key: 'a', Value: 'x', Fence: { Scope: 's', Epoch: 1 } })
  t.match(await rejection(old), { kind: 'conflict' })
  t.notOk((await registry.get({ Key: 'a' })).Entry)
  await registry.put({ Key: 'a', Value: 'x', Fence: { Scope: 's', Epoch: 2 } })
})

t.test('wrong requests are refused with the field', async (t) => {
  const { registry } = await serve(t, await temporaryFolder(t))
  t.match(await rejection(registry.put({ Key: 'a//b', Value: '' })), { kind: 'input', path: 'Key' })
})

t.test('a folder is used by one process: the second one ends and says who has it', async (t) => {
  const home = await temporaryFolder(t)
  const first = await serve(t, home)
  const env = { INFRAKIT_HOME: home, INFRAKIT_PLUGINS_DIR: join(home, 'p') }
  const twins = [
    startProcess(t, executable, [], env),
    // Under another name, so that nothing but the folder is in its way.
    startProcess(t, executable, ['--name', 'other', '--state-dir', join(home, 'state/registry-embedded')], env),
  ]
  const [same, other] = await Promise.all(twins.map(({ exited }) => exited))
  t.match([same?.code, other?.code], [1, 1])
  t.match(twins[0]?.output(), /already running/)
  t.match(twins[1]?.output(), new RegExp(`state folder .* is in use by process ${first.started.pid}\n.*--state-dir`))
  await first.registry.put({ Key: 'a', Value: 'still mine' })
})

t.test('SIGTERM ends it with all that was acknowledged in place', async (t) => {
  const home = await temporaryFolder(t)
  const first = await serve(t, home)
  const puts = Array.from({ length: 50 }, (_, index) => first.registry.put({ Key: `k/${index}`, Value: 'x' }))
  const done = Promise.allSettled(puts)
  t.match(await first.started.end('SIGTERM'), { code: 0 })
  const acknowledged = (await done).flatMap(({ status }, index) => (status === 'fulfilled' ? [`k/${index}`] : []))
  const { registry } = await serve(t, home)
  const found = (await registry.list({ Prefix: 'k/' })).Entries.map(({ Key }) => Key)
  t.same(
    acknowledged.filter((key) => !found.includes(key)),
    [],
  )
})

t.test('what is kept is for the owner alone', async (t) => {
  const home = await temporaryFolder(t)
  const { registry } = await serve(t, home)
  await registry.put({ Key: 'a', Value: 'x' })
  t.equal((await stat(join(home, 'state/registry-embedded'))).mode & 0o77, 0)
})

t.test('a database that makes no sense ends the process with a clear line, and stays as it is', async (t) => {
  const home = await temporaryFolder(t)
  const first = await serve(t, home)
  await first.registry.put({ Key: 'a', Value: 'x' })
  await first.started.end('SIGTERM')
  const db = join(home, 'state/registry-embedded/db')
  await writeFile(join(db, 'CURRENT'), 'nonsense')
  const before = (await readdir(db)).filter((name) => !/^LO(G|CK)/.test(name))
  const again = startProcess(t, executable, [], { INFRAKIT_HOME: home, INFRAKIT_PLUGINS_DIR: join(home, 'p') })
  t.equal((await again.exited).code, 1)
  t.match(again.output(), /cannot open .*registry-embedded/)
  t.same(
    (await readdir(db)).filter((name) => !/^LO(G|CK)/.test(name)),
    before,
  )
})
