import t from 'tap'
import { Backoff } from '../src/backoff.js'
import { FlapWatch } from '../src/flap-watch.js'
import type { Member } from '../src/situation.js'

const newMember: Member = { id: 'a', current: true, condition: 'healthy', bornAt: 0 }
const watch = () => new FlapWatch(new Backoff(() => 0))

t.test('a young member that fails counts once, and is told with its reason', async (t) => {
  const flaps = watch()
  const failed: Member = { ...newMember, condition: 'unhealthy', detail: 'port 80 is closed' }
  t.equal(flaps.seen([failed], [], 10), 'a is unhealthy (port 80 is closed)')
  t.equal(flaps.seen([failed], [], 20), undefined)
  t.equal(flaps.notBefore, 1010)
})

t.test('an old one that fails does not count', async (t) => {
  const flaps = watch()
  t.equal(flaps.seen([{ ...newMember, condition: 'failed' }], [], 60_001), undefined)
  t.equal(flaps.notBefore, 0)
})

t.test('the first that fails after it was healthy is chance, the next is not', async (t) => {
  const flaps = watch()
  const other: Member = { ...newMember, id: 'b' }
  t.equal(flaps.seen([newMember, other], [], 10), undefined)
  t.equal(flaps.seen([{ ...newMember, condition: 'failed' }, other], [], 20), undefined)
  t.equal(flaps.notBefore, 0, 'it is replaced at once')
  t.equal(flaps.seen([{ ...other, condition: 'failed' }], [], 30), 'b is failed')
  t.equal(flaps.notBefore, 1030)
})

t.test('one that never was healthy is no chance', async (t) => {
  const flaps = watch()
  flaps.seen([{ ...newMember, condition: 'starting' }], [], 10)
  t.equal(flaps.seen([{ ...newMember, condition: 'failed' }], [], 20), 'a is failed')
  t.equal(flaps.notBefore, 1020)
})

t.test('the first to vanish is chance, the next is not, until all was well for a minute', async (t) => {
  const flaps = watch()
  t.equal(flaps.seen([], ['a'], 10), undefined)
  t.match(flaps.seen([], ['b', 'c'], 20), /^b, c: made, and not there/)
  t.equal(flaps.notBefore, 1020)
  flaps.calm(60_020)
  t.equal(flaps.notBefore, 1020, 'not yet')
  flaps.calm(60_021)
  t.equal(flaps.notBefore, 0)
  t.equal(flaps.seen([], ['d'], 60_030), undefined)
})
