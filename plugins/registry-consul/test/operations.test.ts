import t from 'tap'
import { placesIn } from '../src/keys.js'
import { transactionOf } from '../src/operations.js'

const places = placesIn('infrakit')
const Key = 'infrakit/keys/a'
const entry = { Key, Value: 'eA==', Flags: 5 }

t.test('what becomes of an operation', async (t) => {
  const put = { Key: 'a', Value: 'x' }
  const cases: [what: string, operation: object, expected: object[]][] = [
    ['a put', { Put: put }, [{ Verb: 'set', ...entry }]],
    ['one for a version', { Put: { ...put, IfVersion: 7 } }, [{ Verb: 'cas', Index: 7, ...entry }]],
    ['one of a new key', { Put: { ...put, IfVersion: 0 } }, [{ Verb: 'cas', Index: 0, ...entry }]],
    ['a deletion', { Delete: { Key: 'a' } }, [{ Verb: 'delete', Key }]],
    [
      'one for a version',
      { Delete: { Key: 'a', IfVersion: 7 } },
      [
        { Verb: 'check-index', Key, Index: 7 },
        { Verb: 'delete', Key },
      ],
    ],
    ['a check', { Check: { Key: 'a', Version: 7 } }, [{ Verb: 'check-index', Key, Index: 7 }]],
    ['one that there is none', { Check: { Key: 'a', Version: 0 } }, [{ Verb: 'check-not-exists', Key }]],
  ]
  for (const [what, operation, expected] of cases) {
    t.same(transactionOf(places, [operation], 5).operations, expected, what)
  }
})

t.test('a refusal is traced to what was asked for, and the lease comes first', async (t) => {
  const wanted = [{ Delete: { Key: 'a', IfVersion: 7 } }, { Put: { Key: 'b', Value: '' } }]
  const holding = { Name: 'deploy', Epoch: 9, session: 'S' }
  const { operations, origins } = transactionOf(places, wanted, 5, holding)
  t.same(origins, [-1, -1, 0, 0, 1])
  t.same(operations.slice(0, 2), [
    { Verb: 'check-session', Key: 'infrakit/leases/deploy', Session: 'S' },
    { Verb: 'check-index', Key: 'infrakit/leases/deploy', Index: 9 },
  ])
})
