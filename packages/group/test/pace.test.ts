import { setTimeout as sleep } from 'node:timers/promises'
import { waitUntil } from '@infrakit/testing'
import t from 'tap'
import { Pace } from '../src/pace.js'
import { harness, spec } from './harness.js'

/** A pace by a clock that stands still between passes. */
async function paceAfter(passMs: number) {
  let now = 5000
  const pace = new Pace({ now: () => now, date: () => new Date(now), boot: '' })
  await pace.time(async () => void (now += passMs))
  return { pace, now }
}

t.test('passes take a twentieth of the time at most, and are three seconds late at most', async (t) => {
  for (const [passMs, wait] of [
    [1, 100],
    [30, 600],
    [1000, 3000],
  ] as const) {
    const { pace, now } = await paceAfter(passMs)
    t.equal(pace.next(1), now + wait, `after a pass of ${passMs} ms`)
    t.equal(pace.next(0), 0, 'at once when nothing else is under way')
  }
})

t.test('what is due one after the other is looked at together, and never too early', async (t) => {
  const { pace } = await paceAfter(50)
  const dues = [7001, 7300, 7999, 8000]
  t.same(
    dues.map((due) => pace.shared(due)),
    [8000, 8000, 8000, 8000],
  )
  t.equal(pace.shared(8001), 9000)
  t.equal(pace.shared(Infinity), Infinity)
  t.equal((await paceAfter(0)).pace.shared(8001), 8001, 'at once where passes take no time')
})

t.test('members whose health is due at different times do not cost a listing each', async (t) => {
  const h = await harness(t)
  h.instance.before = (method) => (method === 'describeInstances' ? sleep(20) : undefined)
  const members = 20
  await h.commit(spec({ size: members }))
  await h.converged()
  // Each is answered a little later than the one before, so that from then on each is due at another time.
  let asked = 0
  h.flavor.before = () => sleep((asked++ % members) * 5)
  await waitUntil('all to be asked', () => asked > 2 * members)
  const [listed, before] = [h.instance.calls.filter((call) => call.startsWith('describe')).length, asked]
  await waitUntil('all to be asked again and again', () => asked > before + 10 * members, 60_000)
  const looks = h.instance.calls.filter((call) => call.startsWith('describe')).length - listed
  t.ok(looks > 1, 'it looks')
  t.ok(asked - before >= 10 * looks, `${looks} looks for ${asked - before} questions`)
})
