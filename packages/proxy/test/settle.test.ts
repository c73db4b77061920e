import type { ProxyRoute } from '@infrakit/spi'
import t from 'tap'
import { settle } from '../src/settle.js'

const server = (Name: string, Weight?: number) => ({
  Name,
  Host: '127.0.0.1',
  Port: 80,
  ...(Weight === undefined ? {} : { Weight }),
})
const route = (Backends: ProxyRoute['Backends'], more: Partial<ProxyRoute> = {}): ProxyRoute => ({
  Name: 'shop',
  Owner: 'me',
  Listen: ':80',
  Backends,
  ...more,
})

t.test('defaults are what the contract promises', async (t) => {
  t.match(settle({ Route: route([{ Name: 'blue', Servers: [] }]), Drained: [] }), {
    listen: { address: '', port: 80 },
    pathPrefix: '/',
    stripPrefix: false,
    timeouts: { connectMs: 5000, serverMs: 60_000, clientMs: 60_000 },
    balance: 'round_robin',
    maxFails: 3,
    failTimeoutMs: 10_000,
    hitless: true,
  })
  const Check = { Path: '/health' }
  const [backend] = settle({ Route: route([{ Name: 'a', Servers: [], Check }]), Drained: [] }).backends
  t.match(backend, { weight: 1, check: { intervalMs: 2000, timeoutMs: 2000, rise: 2, fall: 3 } })
})

t.test('what is given is taken', async (t) => {
  const given = route([], {
    Listen: '[::1]:443',
    PathPrefix: '/api/',
    Timeouts: { Connect: '1s', Server: null },
    FailTimeout: '1m',
    MaxFails: 0,
    Hitless: false,
  })
  t.match(settle({ Route: given, Drained: [] }), {
    listen: { address: '::1', port: 443 },
    pathPrefix: '/api',
    timeouts: { connectMs: 1000, serverMs: 60_000 },
    failTimeoutMs: 60_000,
    maxFails: 0,
    hitless: false,
  })
})

const canary = [
  { Name: 'blue', Weight: 95, Servers: [server('b1'), server('b2', 3)] },
  { Name: 'green', Weight: 5, Servers: [server('g1')] },
]
const cases: [what: string, drained: string[], shares: Record<string, number>][] = [
  ['backends share by weight, servers within them', [], { b1: 0.2375, b2: 0.7125, g1: 0.05 }],
  ['a drained server leaves its share to its backend', ['b2'], { b1: 0.95, b2: 0, g1: 0.05 }],
  ['a backend that is drained wholly leaves its share to the others', ['b1', 'b2'], { b1: 0, b2: 0, g1: 1 }],
  ['all drained: nobody gets anything', ['b1', 'b2', 'g1'], { b1: 0, b2: 0, g1: 0 }],
]
for (const [what, Drained, shares] of cases) {
  t.test(what, async (t) => {
    const { backends } = settle({ Route: route(canary), Drained })
    const found = backends.flatMap(({ servers }) => servers.map(({ name, share }) => [name, Number(share.toFixed(6))]))
    t.same(Object.fromEntries(found), shares)
  })
}

t.test('weight 0 gets nothing', async (t) => {
  const off = [
    { Name: 'blue', Weight: 0, Servers: [server('b1')] },
    { Name: 'green', Servers: [server('g1', 0), server('g2')] },
  ]
  const { backends } = settle({ Route: route(off), Drained: [] })
  t.same(
    backends.flatMap(({ servers }) => servers.map(({ share }) => share)),
    [0, 0, 1],
  )
})
