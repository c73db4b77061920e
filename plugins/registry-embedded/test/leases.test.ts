import { rejection, waitUntil } from '@infrakit/testing'
import t, { type Test } from 'tap'
import { systemClock, type Clock } from '../src/clock.js'
import { handClock, open, type Opened } from './support.js'

const hour = 3_600_000
const mine = { Name: 'shop/deploy', Owner: 'me', Reason: 'release 7', TTLSeconds: 60 }
const other = { ...mine, Owner: 'other' }

async function holderOf({ registry }: Opened): Promise<string | undefined> {
  return (await registry.holder({ Name: mine.Name })).Lease?.Owner
}

/** Another life on the same folder. */
async function restarted(t: Test, { dir, stop }: Opened, clock: Clock): Promise<Opened> {
  await stop()
  return open(t, { dir, clock })
}

t.test('who has a lease is told to whoever wants it, with the reason and since when', async (t) => {
  const { registry } = await open(t)
  const { Lease } = await registry.acquire(mine)
  t.match(Lease, { ...mine, Epoch: Number })
  t.match(await rejection(registry.acquire(other)), {
    kind: 'conflict',
    message: `lease 'shop/deploy' is held by 'me' since ${Lease.Since}: release 7`,
    hint: /not been renewed for 60 s/,
  })
  const again = (await registry.acquire(mine)).Lease
  t.equal(again.Since, Lease.Since, 'the same owner has had it since then')
  t.ok(again.Epoch > Lease.Epoch)
  t.match(await rejection(registry.renew(Lease)), { kind: 'conflict', message: /held by 'me'.*epoch/ })
})

t.test('the default is 15 seconds', async (t) => {
  const clock = handClock()
  const { registry } = await open(t, { clock })
  const { Lease } = await registry.acquire({ Name: 'a', Owner: 'me' })
  t.match(Lease, { TTLSeconds: 15, Reason: '' })
  clock.pass(14_999)
  t.ok((await registry.holder({ Name: 'a' })).Lease)
  clock.pass(1)
  t.notOk((await registry.holder({ Name: 'a' })).Lease)
})

t.test('a lease that has run out is refused by name, and is taken over', async (t) => {
  const clock = handClock()
  const { registry } = await open(t, { clock })
  const { Lease } = await registry.acquire(mine)
  clock.pass(60_000)
  t.match(await rejection(registry.renew(Lease)), { kind: 'conflict', message: /it has run out/ })
  t.match(await rejection(registry.put({ Key: 'a', Value: 'x', Lease })), { kind: 'conflict' })
  const taken = (await registry.acquire(other)).Lease
  t.ok(taken.Epoch > Lease.Epoch)
  t.match(await rejection(registry.put({ Key: 'a', Value: 'x', Lease })), { message: /held by 'other'/ })
  await registry.release(Lease)
  t.match((await registry.holder(mine)).Lease, { Owner: 'other' })
  t.equal((await registry.get({ Key: 'a' })).Entry, null)
})

t.test('a restart neither shortens a lease nor makes it longer', async (t) => {
  const clock = handClock()
  const first = await open(t, { clock })
  const { Lease } = await first.registry.acquire(mine)
  clock.pass(20_000)
  const second = await restarted(t, first, clock)
  t.match(await rejection(second.registry.acquire(other)), { kind: 'conflict' })
  clock.pass(39_999)
  const third = await restarted(t, second, clock)
  t.equal(await holderOf(third), 'me')
  clock.pass(1)
  t.equal(await holderOf(third), undefined)
  const taken = (await third.registry.acquire(other)).Lease
  t.ok(taken.Epoch > Lease.Epoch)
  const fourth = await restarted(t, third, clock)
  t.ok((await fourth.registry.acquire(other)).Lease.Epoch > taken.Epoch, 'no epoch is used twice')
})

t.test('a lease that was given up before a restart does not give its epoch to another one', async (t) => {
  const clock = handClock()
  const first = await open(t, { clock })
  const { Lease } = await first.registry.acquire(mine)
  await first.registry.release(Lease)
  const second = await restarted(t, first, clock)
  t.ok((await second.registry.acquire(other)).Lease.Epoch > Lease.Epoch)
})

t.test('after a boot nobody knows how much of a lease is over: it begins anew', async (t) => {
  const clock = handClock('b1')
  const first = await open(t, { clock })
  await first.registry.acquire(mine)
  clock.pass(59_000)
  const rebooted = handClock('b2')
  const second = await restarted(t, first, rebooted)
  rebooted.pass(59_999)
  t.equal(await holderOf(second), 'me')
  rebooted.pass(1)
  t.equal(await holderOf(second), undefined)
})

t.test('setting the date changes nothing; a registry that went by the date would give the lease to two', async (t) => {
  const clock = handClock()
  const ours = await open(t, { clock })
  await ours.registry.acquire(mine)
  const naiveClock = { ...clock, now: () => clock.date().getTime() }
  const naive = await open(t, { clock: naiveClock })
  await naive.registry.acquire(mine)
  clock.setDate(hour)
  t.match(await rejection(ours.registry.acquire(other)), { kind: 'conflict' })
  t.equal((await naive.registry.acquire(other)).Lease.Owner, 'other', 'control')
  clock.setDate(-hour)
  clock.pass(60_000)
  t.equal(await holderOf(ours), undefined, 'and it runs out in its time')
  const moved = await restarted(t, ours, clock)
  t.equal(await holderOf(moved), undefined, 'also after a restart')
})

t.test('the end of a lease is told, also when it came while nobody was there', async (t) => {
  const first = await open(t)
  await first.registry.acquire({ ...mine, TTLSeconds: 1 })
  await waitUntil('the end to be told', () => first.events.includes('registry/leases/shop/deploy expired'))
  t.same(first.events.slice(0, 2), ['registry/leases/shop/deploy held', 'registry/leases/shop/deploy expired'])
  await first.registry.acquire({ ...mine, TTLSeconds: 60 })
  await first.stop()
  const real = systemClock()
  const late = { ...real, now: () => real.now() + 60_000 }
  const second = await open(t, { dir: first.dir, clock: late })
  t.ok(second.events.includes('registry/leases/shop/deploy expired'))
})
