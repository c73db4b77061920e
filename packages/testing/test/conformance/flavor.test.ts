import t from 'tap'
import { brokenFlavors } from './broken-flavors.js'
import { assertKept, assertRejected } from './judge.js'
import { flavorPlugin } from './plugins.js'

t.test('a flavor that is right keeps every promise', (t) => assertKept(t, flavorPlugin(), []))

t.test('one broken on purpose is rejected by exactly the promise that it breaks', (t) =>
  assertRejected(t, brokenFlavors),
)
