import { rejection, temporaryFolder, waitUntil } from '@infrakit/testing'
import type { ProxyRoute } from '@infrakit/spi'
import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openProxy } from '../src/index.js'
import { createFakeEngine, type FakeEngine } from './fake-engine.js'

const route = (Name: string, more: Partial<ProxyRoute> = {}): ProxyRoute => ({
  Name,
  Owner: 'me',
  Listen: ':80',
  Host: Name,
  Backends: [{ Name: 'blue', Servers: ['web-1', 'web-2'].map((one, i) => ({ Name: one, Host: 'a', Port: 80 + i })) }],
  ...more,
})

async function open(t: Test, engine: FakeEngine = createFakeEngine(), dir?: string) {
  const folder = dir ?? (await temporaryFolder(t))
  const warned: string[] = []
  const events: string[] = []
  const { proxy, close } = await openProxy({
    dir: folder,
    engine,
    log: { warn: (_, message) => void warned.push(message) },
    publish: ({ Topic }) => void events.push(Topic),
  })
  t.teardown(close)
  return { proxy, close, engine, dir: folder, warned, events }
}

t.test(
  'a route is there when apply answers, and again after a restart; the same once more changes nothing',
  async (t) => {
    const { proxy, engine, dir, close, events } = await open(t)
    t.same(await proxy.apply({ Route: route('shop') }), { Version: 1, Changed: true })
    t.ok(engine.live.has('shop'))
    t.same(await proxy.apply({ Route: route('shop', { Balance: null }) }), { Version: 1, Changed: false })
    t.equal(engine.calls.length, 2, 'one to start with, one for the change')
    t.same(events, ['proxy/routes/shop'])
    await close()
    const again = await open(t, createFakeEngine(), dir)
    t.ok(again.engine.live.has('shop'))
    t.match(await again.proxy.list({}), { Routes: [{ Version: 1 }] })
  },
)

t.test('only its owner changes a route, and only the version that he means', async (t) => {
  const { proxy } = await open(t)
  await proxy.apply({ Route: route('shop'), IfVersion: 0 })
  const changed = route('shop', { Balance: 'least_conn' })
  t.match(await rejection(proxy.apply({ Route: { ...changed, Owner: 'you' } })), {
    kind: 'conflict',
    message: /belongs to me/,
  })
  t.match(await rejection(proxy.apply({ Route: changed, IfVersion: 0 })), { kind: 'conflict', message: /at version 1/ })
  t.same(await proxy.apply({ Route: changed, IfVersion: 1 }), { Version: 2, Changed: true })
  t.match(await rejection(proxy.remove({ Name: 'shop', Owner: 'you' })), { kind: 'conflict' })
  t.match(await rejection(proxy.drain({ Name: 'shop', Owner: 'you', Server: 'web-1' })), { kind: 'conflict' })
  await proxy.remove({ Name: 'shop', Owner: 'me', IfVersion: 2 })
  await proxy.remove({ Name: 'shop', Owner: 'me' })
  t.same(await proxy.list({}), { Routes: [] })
  t.match(await rejection(proxy.apply({ Route: changed, IfVersion: 3 })), { kind: 'conflict', message: /not there/ })
  t.same(await proxy.apply({ Route: changed }), { Version: 3, Changed: true }, 'versions go on')
})

t.test('versions of a route that was removed are not used again after a restart', async (t) => {
  const first = await open(t)
  await first.proxy.apply({ Route: route('shop') })
  await first.proxy.remove({ Name: 'shop', Owner: 'me' })
  await first.close()
  const { proxy } = await open(t, createFakeEngine(), first.dir)
  t.same(await proxy.apply({ Route: route('shop') }), { Version: 2, Changed: true })
})

t.test('many changes at once become few', async (t) => {
  const { proxy, engine } = await open(t)
  const names = Array.from({ length: 50 }, (_, i) => `shop-${i}`)
  await Promise.all(names.map((name) => proxy.apply({ Route: route(name) })))
  t.equal(engine.live.size, 50)
  t.ok(engine.calls.length <= 3, `${engine.calls.length} calls`)
})

t.test('one that the proxy refuses does not keep those from being made that came with it', async (t) => {
  const { proxy, engine, dir, close } = await open(t)
  engine.refused.add('bad')
  await proxy.apply({ Route: route('old') })
  const results = await Promise.allSettled(['a', 'bad', 'b'].map((name) => proxy.apply({ Route: route(name) })))
  t.same(
    results.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  )
  t.same([...engine.live.keys()].sort(), ['a', 'b', 'old'])
  await close()
  const again = await open(t, createFakeEngine(), dir)
  t.same([...again.engine.live.keys()].sort(), ['a', 'b', 'old'], 'nor after a restart')
})

t.test('who takes the same requests, or cannot listen there, is refused', async (t) => {
  const { proxy } = await open(t)
  await proxy.apply({ Route: route('shop') })
  const refused = async (more: Partial<ProxyRoute>) => rejection(proxy.apply({ Route: route('other', more) }))
  t.match(await refused({ Host: 'shop' }), { kind: 'conflict', message: /'shop' of me takes the same requests/ })
  t.match(await refused({ Listen: '127.0.0.1:80' }), { kind: 'input', path: 'Listen' })
  t.match(await refused({ TLS: { Certificate: '/c', Key: '/k' } }), { kind: 'input', path: 'TLS' })
  t.match(await rejection(proxy.validate({ Route: route('other', { Host: 'shop' }) })), { kind: 'conflict' })
  await proxy.apply({ Route: route('other', { Host: 'shop', PathPrefix: '/api' }) })
  await proxy.apply({ Route: route('third', { Host: 'shop', Listen: ':81' }) })
})

t.test('what a crash left half made is made, or is as before when the proxy refuses it', async (t) => {
  const first = await open(t)
  await first.proxy.apply({ Route: route('shop') })
  await first.close()
  const file = join(first.dir, 'routes', 'shop.json')
  const { Now } = JSON.parse(readFileSync(file, 'utf8')) as { Now: { Route: ProxyRoute } }
  const Next = { Route: { ...Now.Route, Balance: 'ip_hash' }, Version: 2, Drained: [] }
  const halfMade = () => writeFileSync(file, JSON.stringify({ Now, Next }))

  halfMade()
  const made = await open(t, createFakeEngine(), first.dir)
  t.equal(made.engine.live.get('shop')?.balance, 'ip_hash')
  t.match(await made.proxy.list({}), { Routes: [{ Version: 2 }] })
  await made.close()

  halfMade()
  const refusing = createFakeEngine()
  const make = refusing.make.bind(refusing)
  refusing.make = async (routes, changed) => {
    if (routes.some(({ balance }) => balance === 'ip_hash')) throw new Error('no')
    return make(routes, changed)
  }
  const back = await open(t, refusing, first.dir)
  t.equal(back.engine.live.get('shop')?.balance, 'round_robin')
  t.match(back.warned, ['the proxy refuses what was being changed; it stays as it was'])
})

t.test('a route that has become wrong is set aside at the start, and the others serve', async (t) => {
  for (const how of ['refused', 'lacking'] as const) {
    const first = await open(t)
    for (const name of ['a', 'bad', 'c']) await first.proxy.apply({ Route: route(name) })
    await first.close()
    const engine = createFakeEngine()
    engine[how].add('bad')
    const { proxy } = await open(t, engine, first.dir)
    t.same([...engine.live.keys()].sort(), ['a', 'c'], how)
    t.match(await proxy.describe({ Name: 'bad' }), { Route: { Servers: [{ State: 'unknown' }, { State: 'unknown' }] } })
    engine[how].clear()
    t.same(await proxy.apply({ Route: route('bad') }), { Version: 4, Changed: true }, 'the same again makes it')
    t.ok(engine.live.has('bad'))
  }
})

t.test('a drain waits until nothing is under way, is kept, and ends by being undone or by another route', async (t) => {
  const first = await open(t)
  const { proxy, engine } = first
  await proxy.apply({ Route: route('shop') })
  engine.inFlight.set('web-1', 2)
  const asked = { Name: 'shop', Owner: 'me', Server: 'web-1' }
  t.same(await proxy.drain({ ...asked, TimeoutSeconds: 0 }), { InFlight: 2, Cut: 0 }, 'the time was up')
  t.match(engine.live.get('shop')?.backends[0]?.servers, [{ drained: true, share: 0 }, { share: 1 }])
  let done = false
  const draining = proxy.drain(asked).then((result) => ((done = true), result))
  await new Promise((resolve) => setTimeout(resolve, 100))
  t.notOk(done)
  engine.inFlight.delete('web-1')
  t.same(await draining, { InFlight: 0, Cut: 0 })
  t.same(await proxy.apply({ Route: route('shop', { Balance: 'ip_hash' }) }), { Version: 2, Changed: true })
  t.match(await proxy.list({}), { Routes: [{ Drained: ['web-1'] }] }, 'what is applied does not undo it')
  await first.close()

  const again = await open(t, createFakeEngine(), first.dir)
  t.match(again.engine.live.get('shop')?.backends[0]?.servers, [{ drained: true }, { drained: false }])
  await again.proxy.drain({ ...asked, Undo: true })
  t.match(await again.proxy.list({}), { Routes: [{ Drained: [] }] })
  t.match(await rejection(again.proxy.drain({ ...asked, Server: 'web-3' })), { kind: 'not-found' })
  t.match(await rejection(again.proxy.drain({ ...asked, Name: 'none' })), { kind: 'not-found' })
  again.engine.inFlight.set('web-2', 3)
  t.same(await again.proxy.drain({ ...asked, Server: 'web-2', TimeoutSeconds: 0, Cut: true }), { InFlight: 0, Cut: 3 })
})

t.test('a server that the route has ceased to name can be drained, busy or not', async (t) => {
  const { proxy, engine } = await open(t)
  await proxy.apply({ Route: route('shop') })
  const [Backend] = route('shop').Backends
  const Servers = Backend?.Servers.slice(1) ?? []
  await proxy.apply({ Route: route('shop', { Backends: [{ Name: 'blue', Servers }] }) })
  const asked = { Name: 'shop', Owner: 'me', Server: 'web-1' }
  t.same(await proxy.drain(asked), { InFlight: 0, Cut: 0 })
  t.same((await proxy.list({})).Routes[0]?.Drained, [], 'nothing is kept of it')
  t.match(await rejection(proxy.drain({ ...asked, Server: 'web-9' })), { kind: 'not-found' })
  await proxy.apply({ Route: route('shop') })
  await proxy.drain(asked)
  t.match(engine.live.get('shop')?.backends[0]?.servers, [{ drained: true }, { drained: false }], 'named again')
})

t.test('who is overtaken by another change at the same time is not told its version for his', async (t) => {
  const { proxy, engine } = await open(t)
  const [mine, other] = await Promise.all([
    proxy.apply({ Route: route('shop'), IfVersion: 0 }),
    proxy.apply({ Route: route('shop', { Balance: 'ip_hash' }) }),
  ])
  t.same([mine?.Version, other?.Version], [1, 2])
  t.equal(engine.live.get('shop')?.balance, 'ip_hash')
  const again = proxy.apply({ Route: route('shop', { Balance: 'least_conn' }), IfVersion: 1 })
  t.match(await rejection(again), { kind: 'conflict', message: /at version 2, and not at version 1/ })
})

t.test('a drain goes on while the proxy does not answer, and says so only when the time is up', async (t) => {
  const { proxy, engine } = await open(t)
  await proxy.apply({ Route: route('shop') })
  engine.inFlight.set('web-1', 1)
  const look = engine.look.bind(engine)
  let [away, looks] = [false, 0]
  engine.look = async (name) => {
    looks++
    if (away) throw new Error('the proxy is being started')
    return look(name)
  }
  const asked = { Name: 'shop', Owner: 'me', Server: 'web-1' }
  const draining = proxy.drain(asked)
  draining.catch(() => undefined)
  const more = async (count: number) => {
    const before = looks
    await waitUntil('looks', () => looks >= before + count)
  }
  await more(3)
  away = true
  await more(3)
  away = false
  engine.inFlight.clear()
  t.same(await draining, { InFlight: 0, Cut: 0 })
  away = true
  t.match(await rejection(proxy.drain({ ...asked, TimeoutSeconds: 0.1 })), { message: /being started/ })
  t.match(await proxy.list({}), { Routes: [{ Drained: ['web-1'] }] })
})

t.test('of a route that is removed while it is drained nobody says that nothing is in flight', async (t) => {
  const { proxy, engine } = await open(t)
  await proxy.apply({ Route: route('shop') })
  engine.inFlight.set('web-1', 1)
  const draining = rejection(proxy.drain({ Name: 'shop', Owner: 'me', Server: 'web-1' }))
  await waitUntil('it to be drained', () => engine.live.get('shop')?.backends[0]?.servers[0]?.drained)
  await proxy.remove({ Name: 'shop', Owner: 'me' })
  t.match(await draining, { kind: 'not-found', message: /removed while 'web-1' was drained/ })
})

t.test('a change that had begun, and could not be judged any more, is as before', async (t) => {
  const first = await open(t)
  await first.proxy.apply({ Route: route('shop') })
  await first.close()
  const file = join(first.dir, 'routes', 'shop.json')
  const { Now } = JSON.parse(readFileSync(file, 'utf8')) as { Now: { Route: ProxyRoute } }
  writeFileSync(
    file,
    JSON.stringify({ Now, Next: { Route: { ...Now.Route, Balance: 'ip_hash' }, Version: 2, Drained: [] } }),
  )
  const engine = createFakeEngine()
  engine.check = async ({ balance }) => {
    if (balance === 'ip_hash') throw new Error('its certificate is gone')
  }
  await open(t, engine, first.dir)
  t.equal(engine.live.get('shop')?.balance, 'round_robin')
})

t.test(
  'where nothing can be written nothing changes, and it is said so',
  { skip: process.getuid?.() === 0 && 'root may write anywhere' },
  async (t) => {
    const { proxy, engine, dir } = await open(t)
    await proxy.apply({ Route: route('shop') })
    chmodSync(join(dir, 'routes'), 0o500)
    t.teardown(() => chmodSync(join(dir, 'routes'), 0o700))
    t.match(await rejection(proxy.apply({ Route: route('other') })), { message: /cannot write/ })
    t.same([...engine.live.keys()], ['shop'])
    t.same(readdirSync(join(dir, 'routes')), ['shop.json'])
  },
)
