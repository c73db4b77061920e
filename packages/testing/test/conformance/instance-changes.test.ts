import t from 'tap'
import { brokenChanges } from './broken-changes.js'
import { assertKept, assertRejected } from './judge.js'
import { instancePlugin } from './plugins.js'

t.test('an instance plugin that is right keeps every promise', (t) => assertKept(t, instancePlugin(), []))

t.test('one broken on purpose is rejected by exactly the promise that it breaks', (t) =>
  assertRejected(t, brokenChanges),
)
