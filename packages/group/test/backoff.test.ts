import t from 'tap'
import { Backoff, memberKey } from '../src/backoff.js'

t.test('waits double up to a minute, shortened by chance, and end with a success', async (t) => {
  const backoff = new Backoff(() => 0)
  t.equal(backoff.notBefore('provision'), 0)
  const waits = [1, 2, 3, 4, 5, 6, 7, 8].map(() => {
    const now = backoff.notBefore('provision')
    return backoff.failed('provision', now) - now
  })
  t.same(waits, [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000])
  t.equal(new Backoff(() => 0.5).failed('provision', 0), 750)
  backoff.succeeded('provision')
  t.equal(backoff.count('provision'), 0)
})

t.test('what fails before the next try was begun with the last one, and counts with it', async (t) => {
  const backoff = new Backoff(() => 0)
  t.equal(backoff.failed('provision', 10), 1010)
  t.equal(backoff.failed('provision', 11), 1010)
  t.equal(backoff.failed('provision', 1009), 1010)
  t.equal(backoff.count('provision'), 1)
  t.equal(backoff.failed('provision', 1010), 3010)
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
