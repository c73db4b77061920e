import fc from 'fast-check'
import t from 'tap'
import { HostPorts, parsePortRange } from '../src/host-ports.js'

const none: ReadonlySet<number> = new Set()

t.test('hands out every port once, none that is taken, and then says that there is none', async (t) => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.integer({ min: 100, max: 109 })),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (taken, at) => {
        const ports = new HostPorts({ first: 100, last: 109 }, () => at)
        const given = Array.from({ length: 10 - taken.length }, () => ports.reserve(new Set(taken)))
        t.same([...given, ...taken].sort(), [100, 101, 102, 103, 104, 105, 106, 107, 108, 109])
        t.throws(() => ports.reserve(new Set(taken)), { kind: 'unavailable', message: /no port from 100 to 109/ })
      },
    ),
  )
})

t.test('a port that was given back is there again', async (t) => {
  const ports = new HostPorts({ first: 7, last: 7 }, Math.random)
  t.equal(ports.reserve(none), 7)
  ports.release(7)
  t.equal(ports.reserve(none), 7)
})

t.test('reads a range', async (t) => {
  t.same(parsePortRange('1-65535'), { first: 1, last: 65_535 })
  for (const text of ['', '80', '90-80', '0-1', '1-65536', 'a-b']) {
    t.throws(() => parsePortRange(text), { kind: 'input', message: /expected two ports/ })
  }
})
