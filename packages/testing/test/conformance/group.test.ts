import t from 'tap'
import { brokenGroups } from './broken-groups.js'
import { assertKept, assertRejected } from './judge.js'
import { groupPlugin } from './plugins.js'

t.test('a group plugin that is right keeps every promise', (t) => assertKept(t, groupPlugin(), []))

t.test('one broken on purpose is rejected by exactly the promise that it breaks', (t) =>
  assertRejected(t, brokenGroups),
)
