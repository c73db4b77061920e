import { freePort, rejection, skipFor, startWebServer, waitUntil } from '@infrakit/testing'
import t from 'tap'
import { ask, open, route } from './serve.js'

const skip = skipFor(['nginx'])

t.test(
  'a route is live when apply answers, and a server that it does not name gets nothing more',
  { skip },
  async (t) => {
    const [blue, green] = [await startWebServer(t, 'web-1'), await startWebServer(t, 'web-2')]
    const { proxy } = await open(t)
    const port = await freePort()
    t.same(await proxy.apply({ Route: route(port, [blue.server]) }), { Version: 1, Changed: true })
    t.match(await ask(port), { status: 200, body: 'web-1' })
    for (let at = 0; at < 20; at++) {
      const [now] = at % 2 === 0 ? [green, blue] : [blue, green]
      await proxy.apply({ Route: route(port, [now.server]) })
      for (let i = 0; i < 4; i++) t.equal((await ask(port)).body, now.server.Name)
    }
    t.match(await proxy.describe({ Name: 'shop' }), { Route: { Servers: [{ Name: 'web-1', State: 'up', Share: 1 }] } })
  },
)

t.test(
  'hosts and the longest path decide; the prefix is stripped as the client wrote the rest',
  { skip },
  async (t) => {
    const seen = (name: string) => startWebServer(t, name, (asked, answer) => void answer.end(`${name} ${asked.url}`))
    const [all, api, host] = [await seen('all'), await seen('api'), await seen('host')]
    const { proxy } = await open(t)
    const port = await freePort()
    await Promise.all([
      proxy.apply({ Route: route(port, [all.server], { Name: 'all' }) }),
      proxy.apply({ Route: route(port, [api.server], { Name: 'api', PathPrefix: '/api', StripPrefix: true }) }),
      proxy.apply({ Route: route(port, [host.server], { Name: 'host', Host: 'shop.example', PathPrefix: '/only' }) }),
    ])
    const cases: [path: string, host: string, answer: string][] = [
      ['/', 'any', 'all /'],
      ['/apix?a=1', 'any', 'all /apix?a=1'],
      ['/api', 'any', 'api /'],
      ['/api?a=1', 'any', 'api /?a=1'],
      ['/api/a%20b%2Fc?d=%20', 'any', 'api /a%20b%2Fc?d=%20'],
      ['/x/../api/a%20b?c', 'any', 'api /a%20b?c'],
      ['/a//b/./c', 'any', 'all /a//b/./c'],
      ['/only/x', 'shop.example', 'host /only/x'],
      ['/only/x', 'SHOP.example:1234', 'host /only/x'],
      ['/other', 'shop.example', 'all /other'],
      ['/api/x', 'shop.example', 'api /x'],
    ]
    for (const [path, Host, answer] of cases) {
      t.equal((await ask(port, { path, headers: { Host } })).body, answer, `${Host}${path}`)
    }
    await proxy.remove({ Name: 'all', Owner: 'me' })
    t.equal((await ask(port)).status, 404)
    await proxy.remove({ Name: 'api', Owner: 'me' })
    await proxy.remove({ Name: 'host', Owner: 'me' })
    await waitUntil('nobody to listen', async () => (await rejection(ask(port))) instanceof Error)
  },
)

t.test('shares are right to a percent; drained servers and idle backends get nothing', { skip }, async (t) => {
  const servers = await Promise.all(['b1', 'b2', 'g1', 'off'].map((name) => startWebServer(t, name)))
  const [b1, b2, g1, off] = servers.map(({ server }) => server)
  if (!b1 || !b2 || !g1 || !off) return
  const { proxy } = await open(t)
  const port = await freePort()
  const Backends = [
    { Name: 'blue', Weight: 95, Servers: [b1, { ...b2, Weight: 3 }] },
    { Name: 'green', Weight: 5, Servers: [g1] },
    { Name: 'none', Weight: 0, Servers: [off] },
  ]
  await proxy.apply({ Route: route(port, [], { Backends }) })
  const got = async () => {
    for (const one of servers) one.asked.length = 0
    await Promise.all(
      Array.from({ length: 8 }, async () => {
        for (let i = 0; i < 50; i++) await ask(port)
      }),
    )
    return servers.map(({ asked }) => asked.length / 400)
  }
  const near = (found: number[], wanted: number[], what: string) =>
    found.forEach((share, at) =>
      t.ok(Math.abs(share - (wanted[at] ?? 0)) <= 0.01, `${what}: ${share} of ${wanted[at]}`),
    )
  near(await got(), [0.2375, 0.7125, 0.05, 0], 'all')
  await proxy.drain({ Name: 'shop', Owner: 'me', Server: 'b2' })
  near(await got(), [0.95, 0, 0.05, 0], 'one is drained')
  await servers[0]?.end()
  await ask(port)
  await proxy.drain({ Name: 'shop', Owner: 'me', Server: 'b2', Undo: true })
  for (let i = 0; i < 20; i++) t.equal((await ask(port)).status, 200, 'one that is away is tried elsewhere')
  near(await got(), [0, 0.95, 0.05, 0], 'who is beside one that rests gets its share')
})
