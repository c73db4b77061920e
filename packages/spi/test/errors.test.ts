import t from 'tap'
import { errorKinds, InfrakitError, kindOf, kindOfCode, messageOf, RemoteError, type ErrorKind } from '../src/errors.js'

t.test('every kind has a code of its own and comes back from it', async (t) => {
  const rows = Object.entries(errorKinds)
  t.equal(new Set(rows.map(([, row]) => row.code)).size, rows.length)
  for (const [kind, row] of rows) t.equal(kindOfCode(row.code), kind)
})

t.test('codes that are not ours have the nearest meaning', async (t) => {
  t.equal(kindOfCode(-32000), 'plugin-failed', "the original's only code")
  t.equal(kindOfCode(-32601), 'incompatible')
  t.equal(kindOfCode(-32700), 'input')
  t.equal(kindOfCode(-32600), 'input')
  t.equal(kindOfCode(42), 'plugin-failed')
})

t.test('an error that a remote sent differs from one that happened here', async (t) => {
  const cause = new Error('below')
  const here = new InfrakitError('unavailable', 'no', { cause, hint: 'start it', path: 'A.B' })
  const remote = new RemoteError('conflict', 'no', -32002, 'group')
  t.notOk(here instanceof RemoteError)
  t.ok(remote instanceof InfrakitError)
  t.same([here.cause, here.hint, here.path], [cause, 'start it', 'A.B'])
  t.same([kindOf(here), kindOf(remote), kindOf(cause)], ['unavailable', 'conflict', 'internal'] satisfies ErrorKind[])
  t.same([messageOf(cause), messageOf('text')], ['below', 'text'])
})
