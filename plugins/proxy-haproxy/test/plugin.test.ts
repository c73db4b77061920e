import { Agent } from 'node:http'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort, rejection, startWebServer, waitUntil } from '@infrakit/testing'
import t from 'tap'
import { get } from './servers.js'
import { needsHaproxy, open, processesOf, route, server } from './support.js'

t.setTimeout(120_000)

t.test('requests go to the servers of the route, and to others as soon as apply answers', needsHaproxy, async (t) => {
  const [one, two, port] = [await startWebServer(t, 'web-1'), await startWebServer(t, 'web-2'), await freePort()]
  const { proxy, dir } = await open(t)
  t.same(await proxy.apply({ Route: route(port, [server(one)]) }), { Version: 1, Changed: true })
  t.equal(await get(port), '200 web-1')
  const before = processesOf(dir).map(({ Pid }) => Pid)
  for (let i = 0; i < 10; i++) {
    const [to, from] = i % 2 ? [one, two] : [two, one]
    await proxy.apply({ Route: route(port, [server(to)]) })
    const count = from.asked.length
    for (let j = 0; j < 5; j++) t.equal(await get(port, { method: 'POST', body: 'x' }), `200 ${to.name}`)
    t.equal(from.asked.length, count)
  }
  t.same(
    processesOf(dir).map(({ Pid }) => Pid),
    before,
    'without a reload',
  )
  await proxy.remove({ Name: 'shop', Owner: 'me' })
  await t.rejects(get(port))
})

t.test('hosts and paths choose the route; the longest path wins; a prefix can be stripped', needsHaproxy, async (t) => {
  const [shop, api, rest, port] = [
    await startWebServer(t, 'shop'),
    await startWebServer(t, 'api'),
    await startWebServer(t, 'rest'),
    await freePort(),
  ]
  const { proxy } = await open(t)
  await Promise.all([
    proxy.apply({ Route: route(port, [server(shop)], { Host: 'shop.example' }) }),
    proxy.apply({
      Route: route(port, [server(api)], {
        Name: 'api',
        Host: 'shop.example',
        PathPrefix: '/a.b/v1',
        StripPrefix: true,
      }),
    }),
  ])
  const cases: [host: string, path: string, answer: string, seen?: string][] = [
    ['shop.example', '/', '200 shop'],
    ['SHOP.example:8080', '/a.b/v1', '200 api', '/'],
    ['shop.example', '/a.b/v1/x?y=1', '200 api', '/x?y=1'],
    ['shop.example', '/a.b/v1x', '200 shop', '/a.b/v1x'],
    ['shop.example', '/aXb/v1', '200 shop', '/aXb/v1'],
    ['other.example', '/', '404 No route takes this.'],
  ]
  const ask = async ([host, path, answer, seen]: (typeof cases)[number]) => {
    t.equal(await get(port, { host, path }), answer, `${host}${path}`)
    if (seen) t.equal((answer.endsWith('api') ? api : shop).asked.at(-1)?.url, seen)
  }
  for (const one of cases) await ask(one)
  await proxy.apply({ Route: route(port, [server(rest)], { Name: 'rest' }) })
  await ask(['other.example', '/', '200 rest'])
  await ask(['shop.example', '/', '200 shop'])
  t.match(shop.asked.at(-1)?.headers, {
    'x-forwarded-for': '127.0.0.1',
    'x-forwarded-proto': 'http',
    host: 'shop.example',
  })
})

t.test('backends and servers get their shares', needsHaproxy, async (t) => {
  const servers = await Promise.all(['b1', 'b2', 'g1'].map((name) => startWebServer(t, name)))
  const port = await freePort()
  const { proxy } = await open(t)
  const [b1, b2, g1] = servers.map((one) => server(one))
  if (!b1 || !b2 || !g1) throw new Error('no servers')
  const Backends = [
    { Name: 'blue', Weight: 95, Servers: [b1, { ...b2, Weight: 3 }] },
    { Name: 'green', Weight: 5, Servers: [g1] },
  ]
  await proxy.apply({ Route: route(port, [], { Backends }) })
  const agent = new Agent({ keepAlive: true, maxSockets: 8 })
  t.teardown(() => agent.destroy())
  const count = 800
  await Promise.all(Array.from({ length: count }, () => get(port, { agent })))
  const shares = servers.map(({ asked }) => asked.length / count)
  const wanted = [0.2375, 0.7125, 0.05]
  wanted.forEach((share, at) => t.ok(Math.abs(share - (shares[at] ?? 0)) <= 0.01, `${shares[at]} is ${share}`))
  const { Servers } = (await proxy.describe({ Name: 'shop' })).Route
  Servers.forEach(({ Share }, at) => t.ok(Math.abs(Share - (wanted[at] ?? 0)) <= 0.01))
  t.same(
    Servers.map(({ Requests, Answers }) => [Requests, Answers['2xx']]),
    servers.map(({ asked }) => [asked.length, asked.length]),
  )
})

t.test('who leaves finishes what is under way, and its place is used again only then', needsHaproxy, async (t) => {
  const [one, two, port] = [await startWebServer(t, 'web-1'), await startWebServer(t, 'web-2'), await freePort()]
  const { proxy, dir } = await open(t)
  await proxy.apply({ Route: route(port, [server(one)]) })
  const held = get(port, { path: '/hold' })
  await waitUntil('a request to be held', () => one.held() === 1)
  await proxy.apply({ Route: route(port, [server(two)]) })
  t.equal(await get(port), '200 web-2')
  const seen = await proxy.describe({ Name: 'shop' })
  t.match(seen.Route.Servers, [
    { Name: 'web-1', State: 'draining', InFlight: 1, Share: 0 },
    { Name: 'web-2', State: 'up', InFlight: 0, Share: 1 },
  ])
  // All other places are taken before this one is.
  const many = Array.from({ length: 8 }, (_, at) => server({ ...two, name: `more-${at}` }))
  await proxy.apply({ Route: route(port, many) })
  t.match(placesOf(dir)[0], /web-1/)
  const drain = { Name: 'shop', Owner: 'me', Server: 'web-1', TimeoutSeconds: 0.1 }
  t.same(await proxy.drain(drain), { InFlight: 1, Cut: 0 })
  one.release()
  t.equal(await held, '200 web-1')
  await proxy.apply({ Route: route(port, [server(two, { Name: 'again' })]) })
  t.match(placesOf(dir).slice(0, 2).join(), /again/)
  t.notMatch(placesOf(dir).join(), /web-1/)
})

t.test('what a worker that was replaced has under way is counted, and can be cut', needsHaproxy, async (t) => {
  const [one, two, port] = [await startWebServer(t, 'web-1'), await startWebServer(t, 'web-2'), await freePort()]
  const { proxy } = await open(t)
  await proxy.apply({ Route: route(port, [server(one), server(two)]) })
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  t.teardown(() => agent.destroy())
  await get(port, { agent })
  const held = Promise.allSettled([1, 2].map(() => get(port, { path: '/hold', method: 'POST' })))
  await waitUntil('requests to be held', () => one.held() + two.held() === 2)
  const Timeouts = { Server: '50s' }
  await proxy.apply({ Route: route(port, [server(one), server(two)], { Timeouts }) })
  t.match((await proxy.describe({ Name: 'shop' })).Route.Servers, [{ InFlight: 1 }, { InFlight: 1 }])
  const asked = { Name: 'shop', Owner: 'me', Server: 'web-1' }
  t.same(await proxy.drain({ ...asked, TimeoutSeconds: 0.1 }), { InFlight: 1, Cut: 0 })
  const before = one.asked.length
  for (let i = 0; i < 4; i++)
    t.equal(await get(port, { agent, method: 'POST' }), '200 web-2', 'also on a connection to the old worker')
  t.equal(one.asked.length, before)
  t.same(await proxy.drain({ ...asked, TimeoutSeconds: 0, Cut: true }), { InFlight: 0, Cut: 1 })
  two.release()
  const begun = performance.now()
  const answers = (await held).map((one) => (one.status === 'fulfilled' ? one.value.slice(0, 3) : 'broken'))
  t.equal(answers.filter((one) => one === '200').length, 1, answers.join())
  t.ok(performance.now() - begun < 10_000, 'it is cut, and does not wait for its client to give up')
})

t.test('a configuration that HAProxy refuses changes nothing, and the line is named', needsHaproxy, async (t) => {
  const [one, port, other] = [await startWebServer(t, 'web-1'), await freePort(), await freePort()]
  const dir = t.testdir({ 'own.cfg': 'global\n  maxconn 1000\n' })
  const file = join(dir, 'own.cfg')
  const { proxy } = await open(t, { others: [file] })
  await proxy.apply({ Route: route(port, [server(one)]) })
  writeFileSync(file, 'global\n  maxconn 1000\n  nonsense 7\n')
  const refused = await rejection(proxy.apply({ Route: route(other, [server(one)], { Name: 'other' }) }))
  t.match(refused, { kind: 'plugin-failed', message: /own\.cfg:3\].*nonsense/ })
  t.equal(await get(port), '200 web-1')
  t.match(await proxy.list({}), { Routes: [{ Route: { Name: 'shop' } }] })
  writeFileSync(file, 'global\n  maxconn 1000\n')
  await proxy.apply({ Route: route(other, [server(one)], { Name: 'other' }) })
  t.equal(await get(other), '200 web-1')
})

t.test('a port that somebody else has is refused, and what serves serves on', needsHaproxy, async (t) => {
  const [one, port] = [await startWebServer(t, 'web-1'), await freePort()]
  const { proxy } = await open(t)
  await proxy.apply({ Route: route(port, [server(one)]) })
  const taken = route(one.port, [server(one)], { Name: 'other' })
  t.match(await rejection(proxy.apply({ Route: taken })), {
    kind: 'plugin-failed',
    path: 'Listen',
    message: /another process listens there/,
  })
  t.equal(await get(port), '200 web-1')
  t.match(await proxy.list({}), { Routes: [{ Route: { Name: 'shop' } }] })
})

t.test('what this proxy cannot do is refused by validate', needsHaproxy, async (t) => {
  const [one, port] = [await startWebServer(t, 'web-1'), await freePort()]
  const { proxy } = await open(t)
  const refused = (more: object) => rejection(proxy.validate({ Route: route(port, [server(one)], more) }))
  const Check = { Path: '/health' }
  const [a, b] = [server(one), server(one, { Name: 'b' })]
  t.match(
    await refused({
      Backends: [
        { Name: 'blue', Servers: [a], Check },
        { Name: 'green', Servers: [b] },
      ],
    }),
    {
      kind: 'incompatible',
      path: 'Backends',
    },
  )
  const tiny = Array.from({ length: 300 }, (_, at) => server(one, { Name: `w${at}` }))
  const lopsided = [
    { Name: 'blue', Weight: 400, Servers: [a] },
    { Name: 'green', Weight: 100, Servers: tiny },
  ]
  t.match(await refused({ Backends: lopsided }), { kind: 'incompatible', path: 'Weight' })
  t.match(await refused({ TLS: { Certificate: '/nowhere.pem', Key: '/nowhere.key' } }), {
    kind: 'input',
    path: 'TLS.Certificate',
  })
  await t.rejects(get(port))
})

function placesOf(dir: string): string[] {
  const text = readFileSync(join(dir, 'haproxy', 'conf', '20-route-shop.cfg'), 'utf8')
  return text.split('\n').filter((line) => line.startsWith('  # '))
}
