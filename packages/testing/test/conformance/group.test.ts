import t from 'tap'
import { brokenGroups } from './broken-groups.js'
import { assertKept, assertRejected } from './judge.js'
import { groupPlugin } from './plugins.js'

t.test('a group plugin that is right keeps every promise', (t) => assertKept(t, groupPlugin(), []))

t.test('one of the original, without what came later, keeps every promise that it made', (t) =>
  assertKept(t, groupPlugin({}, true), [
    'Protocol: every reading method of an interface that it names is there',
    'Protocol: what is not JSON is refused with -32700',
    'Protocol: a batch is answered call by call, or refused',
    'Protocol: params may be absent, null, or a list of one object',
    'Group: SetSize is in force at once, and Size tells',
    'Group: instances that are named are destroyed, and not replaced',
    'Group: Group.Size answers in the form of its schema',
    'Group: Group.SetSize answers in the form of its schema',
    'Group: Group.DestroyInstances answers in the form of its schema',
  ]),
)

t.test('one broken on purpose is rejected by exactly the promise that it breaks', (t) =>
  assertRejected(t, brokenGroups),
)
