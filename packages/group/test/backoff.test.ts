import t from 'tap'
import { Backoff, memberKey } from '../src/backoff.js'

t.test('waits double up to a minute, shortened by chance, and end with a success', async (t) => {
  const backoff = new Backoff(() => 0)
  t.equal(backoff.notBefore('provision'), 0)
  t.same(
    [1, 2, 3, 4, 5, 6, 7, 8].map(() => backoff.failed('provision', 0)),
    [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000],
  )
  t.equal(new Backoff(() => 0.5).failed('provision', 0), 750)
  backoff.succeeded('provision')
  t.equal(backoff.count('provision'), 0)
})

t.test('forgets members that are gone, and nothing else', async (t) => {
  const backoff = new Backoff(() => 0)
  for (const key of ['provision', memberKey('provision'), memberKey('a')]) backoff.failed(key, 0)
  backoff.retain(new Set(['a']))
  t.same(
    ['provision', memberKey('provision'), memberKey('a')].map((key) => backoff.count(key)),
    [1, 0, 1],
    'a member may be called anything',
  )
})
