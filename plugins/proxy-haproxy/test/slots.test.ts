import { settle } from '@infrakit/proxy'
import t from 'tap'
import { parseStates } from '../src/answers.js'
import { commandsBetween, stateFile } from '../src/differences.js'
import { renderBase, renderRoute, slotsIn, structureOf } from '../src/render.js'
import { layOut } from '../src/layout.js'
import { placeServers, type Known, type Slots } from '../src/slots.js'
import { errorOf, weightsFor } from '../src/weights.js'
import { route, server } from './support.js'

const settled = (...names: string[]) =>
  settle({
    Route: route(
      80,
      names.map((name) => server({ name, port: 9000 })),
    ),
    Drained: [],
  })
const place = (slots: Slots, names: string[], idle = true) => {
  const known: Known = { slots, idle: () => idle, base: () => ({ Worker: 7, Counters: { stot: 3 } }) }
  return placeServers(settled(...names), known, (host) => host)
}
const told = (slots: Slots) =>
  slots
    .map((slot) => (slot ? `${slot.Name}${slot.Leaving ? '-' : ''}` : '.'))
    .join(' ')
    .replace(/( \.)+$/, '')

t.test(
  'servers keep their places; who goes leaves only when idle; there are more places only when needed',
  async (t) => {
    const first = place([], ['a', 'b'])
    t.equal(first.length, 8)
    t.equal(told(first), 'a b')
    const second = place(first, ['b', 'c'])
    t.equal(told(second), 'a- b c')
    t.equal(told(place(second, ['b', 'c', 'd'])), 'd b c')
    t.equal(told(place(second, ['b', 'c', 'd'], false)), 'a- b c d')
    t.equal(told(place(second, ['a', 'b'], false)), 'a b c-', 'who comes back has its place again')
    const many = Array.from({ length: 9 }, (_, at) => `m${at}`)
    const grown = place(second, many, false)
    t.equal(grown.length, 20)
    t.equal(told(grown).slice(0, 9), 'a- b- c- ')
    t.match(place(second, ['b', 'c', 'd'])[0]?.Base, { Worker: 7 }, 'counted from there')
  },
)

t.test('shares become weights', async (t) => {
  const cases: [shares: number[], weights: number[]][] = [
    [
      [0.5, 0.5],
      [1, 1],
    ],
    [
      [0.95, 0.05],
      [19, 1],
    ],
    [
      [0.2375, 0.7125, 0.05],
      [19, 57, 4],
    ],
    [
      [1, 0],
      [1, 0],
    ],
    [
      [0, 0],
      [0, 0],
    ],
    [[], []],
  ]
  for (const [shares, weights] of cases) t.same(weightsFor(shares), weights)
  const thirds = [0.331, 0.337, 0.332]
  t.ok(errorOf(weightsFor(thirds), thirds) < 0.001)
})

const states = (rows: [name: string, address: string, admin: number, weight: number, port: number][]) =>
  parseStates(
    [
      '1',
      '# be_id be_name ...',
      ...rows.map(
        ([name, address, admin, weight, port], at) =>
          `3 be ${at} ${name} ${address} 2 ${admin} ${weight} ${weight} 0 6 3 4 6 0 0 0 - ${port} - 0 0 - - 0`,
      ),
    ].join('\n'),
  )

t.test('commands are what differs: who comes first, then who goes', async (t) => {
  const slots = place(place([], ['a', 'b']), ['b', 'c'])
  const seen = states([
    ['s1', '127.0.0.1', 0, 1, 9000],
    ['s2', '127.0.0.1', 0, 1, 9000],
    ['s3', '127.0.0.1', 5, 1, 1],
    ['s4', '127.0.0.1', 0, 1, 9000],
    ['s5', '127.0.0.1', 5, 1, 1],
  ])
  t.same(commandsBetween('be', slots.slice(0, 5), seen.get('be') ?? new Map()), [
    'set server be/s3 addr 127.0.0.1 port 9000',
    'set server be/s3 state ready',
    'set server be/s1 weight 0',
    'set server be/s4 state maint',
  ])
  const lines = stateFile(new Map([['be', slots]]), seen).split('\n')
  t.match(lines, [/^1$/, / s1 127\.0\.0\.1 2 0 0 0 /, / s2 127\.0\.0\.1 2 0 1 1 /, ''], 'only who stays where it is')
})

t.test('a file tells who is in its places, and what only a reload can change', async (t) => {
  const slots = place(place([], ['a']), ['b'])
  const text = renderRoute(settled('b'), slots)
  t.same(slotsIn(text), JSON.parse(JSON.stringify(slots)))
  t.equal(structureOf(text), structureOf(renderRoute(settled('c'), place(slots, ['c']))))
  const other = settle({ Route: route(80, [], { Host: 'other.example' }), Drained: [] })
  t.not(structureOf(text), structureOf(renderRoute(other, slots)))
})

t.test('clients are limited only where descriptors run short', async (t) => {
  const layout = layOut('/tmp/x')
  t.notMatch(renderBase(layout, 100, 20_000), /maxconn/)
  t.match(renderBase(layout, 20_000, 20_000), /no strict-limits\n {2}maxconn 6333\n/)
  t.notMatch(renderBase(layout, 20_000, undefined), /maxconn/)
  t.throws(() => layOut(`/tmp/${'x'.repeat(90)}`), /too long for sockets/)
})
