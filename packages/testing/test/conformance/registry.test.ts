import t from 'tap'
import { brokenLeases } from './broken-leases.js'
import { brokenRegistries } from './broken-registries.js'
import { assertKept, assertRejected, named, verify } from './judge.js'
import { registryPlugin } from './plugins.js'

// Two dozen registries, some of which have leases that must run out.
t.setTimeout(300_000)

t.test('a registry that is right keeps every promise', (t) => assertKept(t, registryPlugin(), []))

t.test('what waits for something to run out can be left out', async (t) => {
  const report = await verify({ ...registryPlugin(), slow: false })
  t.same(named(report, 'broken'), [])
  t.equal(named(report, 'not applicable').length, 4 + 1, 'and a method that was not called')
})

t.test('one broken on purpose is rejected by exactly the promise that it breaks', (t) =>
  assertRejected(t, [...brokenRegistries, ...brokenLeases]),
)
