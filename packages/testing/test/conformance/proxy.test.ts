import t from 'tap'
import { brokenInMany, brokenProxies, proxyPlugin } from './broken-proxies.js'
import { assertKept, assertRejected, named, verify } from './judge.js'

t.test('a proxy that is right keeps every promise', (t) => assertKept(t, proxyPlugin(), []))

t.test('one broken on purpose is rejected by exactly the promise that it breaks', (t) =>
  assertRejected(t, brokenProxies),
)

for (const { what, breaks, plugin } of brokenInMany) {
  t.test(`one that ${what} is rejected`, async (t) => {
    t.ok(named(await verify(plugin()), 'broken').includes(breaks))
  })
}
