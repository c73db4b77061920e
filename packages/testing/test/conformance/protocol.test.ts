import t from 'tap'
import { brokenProtocol } from './broken-protocol.js'
import { assertKept, assertRejected } from './judge.js'
import { instancePlugin } from './plugins.js'

t.test('a plugin with optional interfaces that is right keeps every promise', (t) =>
  assertKept(t, instancePlugin(undefined, {}, true), []),
)

t.test('one broken on purpose is rejected by exactly the promise that it breaks', (t) =>
  assertRejected(t, brokenProtocol),
)
