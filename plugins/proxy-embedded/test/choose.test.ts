import { settle, type SettledRoute } from '@infrakit/proxy'
import type { ProxyRoute } from '@infrakit/spi'
import t from 'tap'
import { choose } from '../src/worker/choose.js'
import { Route } from '../src/worker/route.js'
import type { Server } from '../src/worker/server.js'

type Weights = Record<string, Record<string, number>>

function settled(
  weights: Weights,
  backends: Record<string, number> = {},
  more: Partial<ProxyRoute> = {},
): SettledRoute {
  const Backends = Object.entries(weights).map(([Name, servers]) => ({
    Name,
    Weight: backends[Name] ?? 1,
    Servers: Object.entries(servers).map(([Name, Weight], at) => ({ Name, Host: 'h', Port: 1 + at, Weight })),
  }))
  return settle({ Route: { Name: 'shop', Owner: 'me', Listen: ':80', Backends, ...more }, Drained: [] })
}

const route = (...given: Parameters<typeof settled>) => new Route(settled(...given), () => undefined)
const none = new Set<Server>()

/** Names of those that were chosen. */
function many(one: Route, count: number, client: (at: number) => string = () => 'c', avoid = none): string[] {
  return Array.from({ length: count }, (_, at) => choose(one, client(at), avoid, performance.now())?.name ?? '-')
}

function counted(names: readonly string[]): Record<string, number> {
  const found: Record<string, number> = {}
  for (const name of names) found[name] = (found[name] ?? 0) + 1
  return found
}

const serverOf = (one: Route, name: string): Server => {
  const found = one.backends.flatMap(({ servers }) => servers).find((server) => server.name === name)
  if (!found) throw new Error(`there is no ${name}`)
  return found
}

t.test('round robin: everybody in turn', async (t) => {
  t.same(many(route({ a: { a1: 1, a2: 1, a3: 1 } }), 6), ['a1', 'a2', 'a3', 'a1', 'a2', 'a3'])
})

t.test('weights: shares are exact, and turns are spread', async (t) => {
  t.same(many(route({ a: { a1: 3, a2: 1 } }), 4), ['a1', 'a1', 'a2', 'a1'])
  const canary = route({ blue: { b1: 1, b2: 3 }, green: { g1: 1 } }, { blue: 95, green: 5 })
  t.same(counted(many(canary, 8000)), { b1: 1900, b2: 5700, g1: 400 })
})

t.test('when a server is down, the others of its backend take its share', async (t) => {
  const canary = route({ blue: { b1: 1, b2: 1 }, green: { g1: 1 } }, { blue: 95, green: 5 })
  canary.heed(new Set(['b2']))
  t.same(counted(many(canary, 1000)), { b1: 950, g1: 50 })
  canary.heed(new Set(['b1', 'b2']))
  t.same(counted(many(canary, 10)), { g1: 10 })
  canary.heed(new Set(['b1', 'b2', 'g1']))
  t.same(many(canary, 1), ['-'])
})

t.test('weight 0 gets nothing, also when nobody else is there', async (t) => {
  t.same(counted(many(route({ a: { a1: 0, a2: 1 } }), 5)), { a2: 5 })
  t.same(many(route({ a: { a1: 0 } }), 1), ['-'])
})

t.test('a server that rests gets nothing while there is another one, and all when there is none', async (t) => {
  const one = route({ a: { a1: 1, a2: 1 } })
  const patience = { maxFails: 2, failTimeoutMs: 60_000 }
  serverOf(one, 'a1').failed('refused', patience)
  t.same(counted(many(one, 4)), { a1: 2, a2: 2 }, 'once is not often enough')
  serverOf(one, 'a1').failed('refused', patience)
  t.same(counted(many(one, 4)), { a2: 4 })
  serverOf(one, 'a2').failed('refused', { ...patience, maxFails: 1 })
  t.same(counted(many(one, 4)), { a1: 2, a2: 2 }, 'better than to refuse')
})

t.test('failures in between which it answered do not add up; MaxFails 0 never lets it rest', async (t) => {
  const one = route({ a: { a1: 1, a2: 1 } })
  for (let at = 0; at < 9; at++) {
    serverOf(one, 'a1').failed('refused', { maxFails: 2, failTimeoutMs: 60_000 })
    serverOf(one, 'a1').succeeded()
    serverOf(one, 'a2').failed('refused', { maxFails: 0, failTimeoutMs: 60_000 })
  }
  t.same(counted(many(one, 4)), { a1: 2, a2: 2 })
})

t.test('what has just failed a request is not chosen again', async (t) => {
  const one = route({ a: { a1: 1, a2: 1 } })
  t.same(counted(many(one, 4, undefined, new Set([serverOf(one, 'a1')]))), { a2: 4 })
  t.same(many(one, 1, undefined, new Set([serverOf(one, 'a1'), serverOf(one, 'a2')])), ['-'])
})

t.test('least_conn: who has least under way for its weight; among equals in turn', async (t) => {
  const one = route({ a: { a1: 1, a2: 1, a3: 2 } }, {}, { Balance: 'least_conn' })
  const busy = (name: string) => serverOf(one, name).underWay.add({ cut: () => undefined })
  t.same(many(one, 3), ['a3', 'a3', 'a3'])
  busy('a3')
  t.same(counted(many(one, 4)), { a1: 1, a2: 1, a3: 2 })
  busy('a3')
  t.same(counted(many(one, 4)), { a1: 2, a2: 2 })
})

t.test('ip_hash: a client stays, weights hold, and only clients of a server that goes move', async (t) => {
  const one = route({ a: { a1: 1, a2: 1, a3: 2 } }, {}, { Balance: 'ip_hash' })
  t.equal(new Set(many(one, 20)).size, 1)
  const clients = (at: number) => `10.${at >> 16}.${(at >> 8) & 255}.${at & 255}`
  const before = many(one, 8000, clients)
  const shares = counted(before)
  for (const [name, part] of Object.entries({ a1: 2000, a2: 2000, a3: 4000 })) {
    t.ok(Math.abs((shares[name] ?? 0) - part) < 300, `${name}: ${shares[name]}`)
  }
  one.heed(new Set(['a1']))
  const after = many(one, 8000, clients)
  t.ok(before.every((name, at) => name === 'a1' || name === after[at]))
})

t.test('a change keeps what is known of servers that stay, and new ones are not flooded', async (t) => {
  const one = route({ a: { a1: 1, a2: 1 } })
  const known = serverOf(one, 'a1')
  one.become(settled({ a: { a1: 1, a2: 1, a3: 1 } }))
  t.equal(serverOf(one, 'a1'), known)
  t.same(counted(many(one, 9)), { a1: 3, a2: 3, a3: 3 })
})

t.test('a server that is no longer named is shown until nothing is under way there', async (t) => {
  const one = route({ a: { a1: 1, a2: 1 } })
  const request = { cut: () => undefined }
  serverOf(one, 'a1').underWay.add(request)
  const gone = serverOf(one, 'a1')
  one.become(settled({ a: { a2: 1 } }))
  t.match(one.look(), [
    { Name: 'a2', State: 'up' },
    { Name: 'a1', State: 'draining', InFlight: 1, Share: 0 },
  ])
  gone.underWay.delete(request)
  t.equal(one.look().length, 1)
})
