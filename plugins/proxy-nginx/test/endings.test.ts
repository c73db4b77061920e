import { freePort, skipFor, startWebServer, type Teardown, waitUntil } from '@infrakit/testing'
import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import t from 'tap'
import { killWhole, lives, mastersOf, workersOf } from './nginxes.js'
import { ask, open, route } from './serve.js'

const skip = skipFor(['nginx'])
/** Another process that listens where nginx did. */
async function takePort(t: Teardown, port: number): Promise<Server> {
  const server = createServer().listen(port, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  return server
}

const owned = { Name: 'shop', Owner: 'me' }

t.test('the plugin ends and begins without nginx noticing, and changes go on', { skip }, async (t) => {
  const [one, two] = [await startWebServer(t, 'web-1'), await startWebServer(t, 'web-2')]
  const port = await freePort()
  const first = await open(t)
  await first.proxy.apply({ Route: route(port, [one.server]) })
  const masters = mastersOf(first.dir)
  const slow = ask(port, { path: '/hold' })
  await waitUntil('it to be asked', () => one.asked.length === 1)
  await first.close()
  t.equal((await ask(port)).body, 'web-1', 'it serves while no plugin runs')
  const { proxy, warned } = await open(t, { dir: first.dir })
  t.same(mastersOf(first.dir), masters)
  t.match(await proxy.describe({ Name: 'shop' }), { Route: { Servers: [{ State: 'up', InFlight: 1 }] } })
  await proxy.apply({ Route: route(port, [two.server]) })
  const drained = proxy.drain({ ...owned, Server: 'web-1' })
  t.match(await proxy.drain({ ...owned, Server: 'web-1', TimeoutSeconds: 0 }), { InFlight: 1 }, 'what was begun before')
  one.release()
  t.match(await drained, { InFlight: 0 })
  t.equal((await slow).body, 'web-1')
  t.equal((await ask(port)).body, 'web-2')
  t.same(mastersOf(first.dir), masters)
  t.same(warned, [])
})

t.test('what was changed while the plugin was down, or drained, is as it was', { skip }, async (t) => {
  const [one, two] = [await startWebServer(t, 'web-1'), await startWebServer(t, 'web-2')]
  const port = await freePort()
  const first = await open(t)
  await first.proxy.apply({ Route: route(port, [one.server, two.server]) })
  await first.proxy.drain({ ...owned, Server: 'web-1' })
  await first.close()
  killWhole(mastersOf(first.dir))
  const { proxy } = await open(t, { dir: first.dir })
  for (let i = 0; i < 6; i++) t.equal((await ask(port)).body, 'web-2')
  t.match(await proxy.describe({ Name: 'shop' }), { Route: { Servers: [{ State: 'draining' }, { State: 'up' }] } })
})

t.test(
  'what cannot be started again with the plugin takes nobody else down, and is tried again',
  { skip },
  async (t) => {
    const [one, two] = [await startWebServer(t, 'web-1'), await startWebServer(t, 'web-2')]
    const [port, lost] = [await freePort(), await freePort()]
    const first = await open(t)
    await first.proxy.apply({ Route: route(port, [one.server]) })
    const masters = mastersOf(first.dir)
    await first.proxy.apply({ Route: route(lost, [two.server], { Name: 'lost' }) })
    await first.close()
    killWhole(mastersOf(first.dir).filter((pid) => !masters.includes(pid)))
    const taker = await waitUntil('the port', () => takePort(t, lost))
    const { proxy, warned } = await open(t, { dir: first.dir })
    t.same(mastersOf(first.dir), masters)
    t.equal((await ask(port)).body, 'web-1')
    t.match(await proxy.describe({ Name: 'lost' }), { Route: { Servers: [{ State: 'unknown' }] } })
    t.match(warned, [/^nginx cannot be started, and is tried again .*another process listens there/])
    taker.close()
    await waitUntil('it to serve', async () => (await ask(lost)).body === 'web-2', 20_000)
    t.same(masters.filter(lives), masters)
  },
)

t.test('nginx that is killed is started again at once, and what it had under way is finished', { skip }, async (t) => {
  const [one, two] = [await startWebServer(t, 'web-1'), await startWebServer(t, 'web-2')]
  const port = await freePort()
  const { proxy, dir, warned } = await open(t)
  await proxy.apply({ Route: route(port, [one.server]) })
  const slow = ask(port, { path: '/hold' })
  await waitUntil('it to be asked', () => one.asked.length === 1)
  const [master = 0] = mastersOf(dir)
  process.kill(master, 'SIGKILL')
  const next = await waitUntil('another', () => mastersOf(dir).find((pid) => pid !== master))
  await waitUntil('it to serve', async () => (await ask(port)).body === 'web-1')
  await proxy.apply({ Route: route(port, [two.server]) })
  t.match(await proxy.drain({ ...owned, Server: 'web-2', TimeoutSeconds: 0 }), { InFlight: 0 })
  await proxy.drain({ ...owned, Server: 'web-2', Undo: true })
  one.release()
  t.equal((await slow).body, 'web-1')
  t.same(mastersOf(dir), [next])
  t.match(warned, [/^nginx has ended, and is started again/])
  for (const worker of workersOf(next)) process.kill(worker, 'SIGKILL')
  await waitUntil('its new workers to serve', async () => (await ask(port)).body === 'web-2')
  t.ok(lives(next))
})

t.test('workers whose master was killed answer on, and are not taken for what serves', { skip }, async (t) => {
  const [one, two] = [await startWebServer(t, 'web-1'), await startWebServer(t, 'web-2')]
  const port = await freePort()
  const first = await open(t)
  await first.proxy.apply({ Route: route(port, [one.server]) })
  await first.close()
  // Of an nginx that an earlier process has started nobody tells that it ends.
  const { proxy, dir } = await open(t, { dir: first.dir })
  const stateOf = async () => (await proxy.describe({ Name: 'shop' })).Route.Servers[0]?.State
  t.equal(await stateOf(), 'up')
  killNow(mastersOf(dir))
  t.equal(await stateOf(), 'unknown', 'they are about to end')
  await waitUntil('it to be served again', async () => (await stateOf()) === 'up')
  t.equal((await ask(port)).body, 'web-1', 'whoever reads that it is served is served')
  killNow(mastersOf(dir))
  await proxy.apply({ Route: route(port, [two.server]) })
  t.equal((await ask(port)).body, 'web-2', 'what is applied meanwhile is live in what serves from then on')
})

/** No turn of the event loop passes before they are gone. */
function killNow(pids: readonly number[]): void {
  for (const pid of pids) process.kill(pid, 'SIGKILL')
  while (pids.some(lives));
}

t.test('a worker that is killed takes what it counted with it', { skip }, async (t) => {
  const one = await startWebServer(t, 'web-1')
  const port = await freePort()
  const { proxy, dir } = await open(t, { workers: 1 })
  await proxy.apply({ Route: route(port, [one.server]) })
  const lost = ask(port, { path: '/hold' }).catch(String)
  await waitUntil('it to be asked', () => one.asked.length === 1)
  t.match(await proxy.drain({ ...owned, Server: 'web-1', TimeoutSeconds: 0 }), { InFlight: 1 })
  const [master = 0] = mastersOf(dir)
  for (const worker of workersOf(master)) process.kill(worker, 'SIGKILL')
  t.match(await lost, /ECONNRESET|hang up/)
  t.match(await proxy.drain({ ...owned, Server: 'web-1' }), { InFlight: 0 })
})

t.test(
  'a drain waits for all that is under way, also an upgraded connection, and cuts it when told to',
  { skip },
  async (t) => {
    const one = await startWebServer(t, 'web-1')
    one.http.on('upgrade', (_, socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n')
      socket.on('error', () => undefined).pipe(socket)
    })
    const two = await startWebServer(t, 'web-2')
    const port = await freePort()
    const { proxy } = await open(t)
    await proxy.apply({ Route: route(port, [one.server]) })
    const { connect } = await import('node:net')
    const client = connect(port, '127.0.0.1')
    t.teardown(() => client.destroy())
    let heard = ''
    client.on('data', (piece: Buffer) => (heard += piece.toString())).on('error', () => undefined)
    const closed = new Promise((resolve) => client.once('close', resolve))
    client.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n')
    await waitUntil('the upgrade', () => heard.includes('101'))
    client.write('hello')
    await waitUntil('the echo', () => heard.endsWith('hello'))
    await proxy.apply({ Route: route(port, [two.server]) })
    t.match(await proxy.drain({ ...owned, Server: 'web-1', TimeoutSeconds: 0.1 }), { InFlight: 1, Cut: 0 })
    const { Route } = await proxy.describe({ Name: 'shop' })
    t.match(Route.Servers, [{ Name: 'web-2' }, { Name: 'web-1', State: 'draining', Share: 0, InFlight: 1 }])
    client.write('still')
    await waitUntil('the echo', () => heard.endsWith('still'))
    t.same(await proxy.drain({ ...owned, Server: 'web-1', TimeoutSeconds: 0, Cut: true }), { InFlight: 0, Cut: 1 })
    await closed
    t.equal((await proxy.describe({ Name: 'shop' })).Route.Servers.length, 1)
  },
)
