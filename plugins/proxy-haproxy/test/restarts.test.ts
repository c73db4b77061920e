import { X509Certificate } from 'node:crypto'
import { copyFileSync, existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { once } from 'node:events'
import {
  freePort,
  makeCertificate,
  rejection,
  skipFor,
  startWebServer,
  temporaryFolder,
  waitUntil,
} from '@infrakit/testing'
import t from 'tap'
import { get } from './servers.js'
import { killHaproxy, needsHaproxy, open, processesOf, route, server } from './support.js'

t.setTimeout(240_000)

t.test('an HAProxy that was killed is started again at once, as it was', needsHaproxy, async (t) => {
  const [one, two, port] = [await startWebServer(t, 'web-1'), await startWebServer(t, 'web-2'), await freePort()]
  const { proxy, dir, warned } = await open(t)
  const Backends = [{ Name: 'blue', Servers: [server(one), server(two, { Weight: 3 })] }]
  await proxy.apply({ Route: route(port, [], { Backends }) })
  await proxy.drain({ Name: 'shop', Owner: 'me', Server: 'web-1' })
  for (let i = 0; i < 3; i++) {
    const before = new Set(processesOf(dir).map(({ Pid }) => Pid))
    killHaproxy(dir)
    await waitUntil('another HAProxy', async () => (await get(port)) === '200 web-2', 30_000)
    t.notOk(processesOf(dir).some(({ Pid }) => before.has(Pid)))
    t.match((await proxy.describe({ Name: 'shop' })).Route.Servers, [
      { Name: 'web-1', State: 'draining', Share: 0 },
      { Name: 'web-2', State: 'up', Share: 1 },
    ])
  }
  t.equal(one.asked.length, 0)
  t.match(warned.join('\n'), /had died/)
})

t.test('a worker that was killed takes its master along, and both are started again', needsHaproxy, async (t) => {
  const [one, port] = [await startWebServer(t, 'web-1'), await freePort()]
  const { proxy, dir } = await open(t)
  await proxy.apply({ Route: route(port, [server(one)]) })
  const worker = processesOf(dir).find((one) => processesOf(dir).some(({ Pid }) => Pid === one.parent))
  process.kill(worker?.Pid ?? 0, 'SIGKILL')
  await waitUntil('another HAProxy', async () => (await get(port)) === '200 web-1', 30_000)
})

t.test('the next plugin goes on with the HAProxy that runs, and no request fails', needsHaproxy, async (t) => {
  const [one, two, port] = [await startWebServer(t, 'web-1'), await startWebServer(t, 'web-2'), await freePort()]
  const first = await open(t)
  await first.proxy.apply({ Route: route(port, [server(one)]) })
  const held = get(port, { path: '/hold', method: 'POST' })
  await waitUntil('a request to be held', () => one.held() === 1)
  await first.proxy.apply({ Route: route(port, [server(two)]) })
  const pids = () => processesOf(first.dir).map(({ Pid }) => Pid)
  const before = pids()
  await first.close()
  t.equal(await get(port), '200 web-2', 'it serves while there is no plugin')
  const { proxy } = await open(t, { dir: first.dir })
  t.same(pids(), before)
  t.match((await proxy.describe({ Name: 'shop' })).Route.Servers, [{ Name: 'web-1', InFlight: 1 }, { Name: 'web-2' }])
  one.release()
  t.equal(await held, '200 web-1')
  await proxy.apply({ Route: route(port, [server(one)]) })
  t.equal(await get(port), '200 web-1')
  t.same(pids(), before)
})

t.test('a pid that somebody else has by now is not taken for HAProxy', needsHaproxy, async (t) => {
  const [one, port] = [await startWebServer(t, 'web-1'), await freePort()]
  const first = await open(t)
  await first.proxy.apply({ Route: route(port, [server(one)]) })
  await first.close()
  killHaproxy(first.dir)
  const file = join(first.dir, 'haproxy', 'haproxy.json')
  t.ok(existsSync(file))
  writeFileSync(file, JSON.stringify({ Pid: process.pid, StartTime: '1@another-boot' }))
  await open(t, { dir: first.dir })
  t.equal(await get(port), '200 web-1')
  t.equal(process.exitCode ?? 0, 0)
})

t.test('without a route HAProxy ends with the plugin', needsHaproxy, async (t) => {
  const { close, dir, proxy } = await open(t)
  const [one, port] = [await startWebServer(t, 'web-1'), await freePort()]
  await proxy.apply({ Route: route(port, [server(one)]) })
  await proxy.remove({ Name: 'shop', Owner: 'me' })
  t.not(processesOf(dir).length, 0)
  await close()
  t.same(processesOf(dir), [])
})

t.test('a route whose port was taken meanwhile does not keep the others from serving', needsHaproxy, async (t) => {
  const [one, port, lost] = [await startWebServer(t, 'web-1'), await freePort(), await freePort()]
  const first = await open(t)
  await first.proxy.apply({ Route: route(port, [server(one)]) })
  await first.proxy.apply({ Route: route(lost, [server(one)], { Name: 'other' }) })
  await first.close()
  killHaproxy(first.dir)
  await waitUntil('it to be gone', () => processesOf(first.dir).length === 0)
  const { createServer } = await import('node:net')
  const thief = createServer().listen(lost, '127.0.0.1')
  await once(thief, 'listening')
  t.teardown(() => thief.close())
  const { proxy, warned } = await open(t, { dir: first.dir })
  t.equal(await get(port), '200 web-1')
  t.match(warned.join('\n'), /'other' is set aside/)
  t.match((await proxy.describe({ Name: 'other' })).Route.Servers, [{ State: 'unknown' }])
})

t.test('servers fail, rest, and come back; a change of state is an event', needsHaproxy, async (t) => {
  const [one, two, port] = [await startWebServer(t, 'web-1'), await startWebServer(t, 'web-2'), await freePort()]
  const { proxy, events } = await open(t)
  const resting = { MaxFails: 2, FailTimeout: '300ms' }
  await proxy.apply({ Route: route(port, [server(one), server(two)], resting) })
  t.equal(await get(port), '200 web-1')
  await waitUntil('a first look', async () => (await proxy.describe({ Name: 'shop' })).Route.Servers.length === 2)
  await new Promise((resolve) => setTimeout(resolve, 1500))
  await two.end()
  for (let i = 0; i < 12; i++) t.equal(await get(port), '200 web-1', 'a refused connection is made elsewhere')
  const state = async () => (await proxy.describe({ Name: 'shop' })).Route.Servers[1]?.State
  t.equal(await state(), 'down')
  await waitUntil('the event', () => events.some((one) => /^proxy\/servers\/shop\/web-2: .* is down/.test(one)))
})

t.test('a check takes out who does not answer well', needsHaproxy, async (t) => {
  const serve = (name: string) =>
    startWebServer(t, name, ({ url }, answer) => {
      answer.statusCode = url === '/sick' ? 500 : 200
      answer.end()
    })
  const [one, two, port] = [await serve('web-1'), await serve('web-2'), await freePort()]
  const { proxy } = await open(t)
  const backend = (Path: string) => [
    { Name: 'blue', Servers: [server(one), server(two)], Check: { Path, Interval: '100ms', Fall: 1, Rise: 1 } },
  ]
  await proxy.apply({ Route: route(port, [], { Backends: backend('/') }) })
  await waitUntil('checks', () => one.asked.length > 1 && two.asked.length > 1)
  const states = async () => (await proxy.describe({ Name: 'shop' })).Route.Servers.map(({ State }) => State)
  t.same(await states(), ['up', 'up'])
  await proxy.apply({ Route: route(port, [], { Backends: backend('/sick') }) })
  await waitUntil('both to be down', async () => (await states()).every((one) => one === 'down'))
  // What is known of them outlives a reload: nobody is taken for well who is not.
  await proxy.apply({ Route: route(port, [], { Backends: backend('/sick'), Timeouts: { Server: '9s' } }) })
  t.same(await states(), ['down', 'down'])
})

t.test('a host that is a name is resolved, and again', needsHaproxy, async (t) => {
  const [one, port] = [await startWebServer(t, 'web-1'), await freePort()]
  const lookup = async (host: string) => {
    if (host === 'web.example') return ['127.0.0.1']
    throw new Error('ENOTFOUND')
  }
  const first = await open(t, { lookup })
  const named = (Host: string) => route(port, [server(one, { Host })])
  await first.proxy.apply({ Route: named('web.example') })
  t.equal(await get(port), '200 web-1')
  const unknown = await rejection(first.proxy.apply({ Route: named('nowhere.example') }))
  t.match(unknown, { kind: 'input', message: /nowhere\.example/ })
  t.equal(await get(port), '200 web-1')
  await first.close()
  const again = await open(t, { dir: first.dir, lookup: async () => Promise.reject(new Error('no name server')) })
  t.match(await again.proxy.describe({ Name: 'shop' }), { Route: { Servers: [{ State: 'up' }] } })
  t.equal(await get(port), '200 web-1', 'what was known serves on')
})

t.test(
  'a certificate is read anew when it changes; a bad one is told and not taken',
  { skip: skipFor(['haproxy', 'openssl']) },
  async (t) => {
    const [one, port, dir] = [await startWebServer(t, 'web-1'), await freePort(), await temporaryFolder(t)]
    const [shop, next, bad] = ['shop', 'next', 'bad'].map((name) => makeCertificate(dir, name))
    if (!shop || !next || !bad) return
    const TLS = shop
    const { proxy, warned, dir: state, close } = await open(t)
    const swapped = { ...TLS, Key: bad.Key }
    const refused = await rejection(proxy.apply({ Route: route(port, [server(one)], { TLS: swapped }) }))
    t.match(refused, { kind: 'input', path: 'TLS.Key', message: /not the key of/ })
    await proxy.apply({ Route: route(port, [server(one)], { TLS }) })
    t.equal(await shown(port), 'CN=shop')
    copyFileSync(bad.Key, TLS.Key)
    await waitUntil('a complaint', () => warned.join().includes('not the key of'), 20_000)
    t.equal(await shown(port), 'CN=shop')
    await close()
    const again = await open(t, { dir: state })
    t.equal(await shown(port), 'CN=shop', 'also after a restart')
    t.same((await again.proxy.list({})).Routes.length, 1)
    copyFileSync(next.Certificate, TLS.Certificate)
    copyFileSync(next.Key, TLS.Key)
    await waitUntil('the new one', async () => (await shown(port)) === 'CN=next', 20_000)
  },
)

async function shown(port: number): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', servername: 'shop', rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  const subject = new X509Certificate(socket.getPeerCertificate().raw).subject
  socket.destroy()
  return subject
}
