import t from 'tap'
import { brokenInstances } from './broken-instances.js'
import { assertKept, assertRejected } from './judge.js'
import { instancePlugin } from './plugins.js'

t.test('an instance plugin that is right keeps every promise', (t) => assertKept(t, instancePlugin(), []))

t.test('one broken on purpose is rejected by exactly the promise that it breaks', (t) =>
  assertRejected(t, brokenInstances),
)
