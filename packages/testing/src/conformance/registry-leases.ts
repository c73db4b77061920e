import { wordsOf } from './caller.js'
import { rowOf, sameJson, writeJson } from './json.js'
import { onRegistry, onRegistrySlowly } from './on-registry.js'
import { allOf, eventually, holds } from './outcome.js'
import type { PluginPromise } from './promise.js'
import { Watcher } from './registry-watcher.js'
import { conflict, forSeconds, type RegistryWorld } from './registry-world.js'

const owners = 32

async function checkOneHolder(registry: RegistryWorld): Promise<void> {
  const Name = registry.place('lease')
  const free = await registry.holder(Name)
  holds(free.answer.result.Lease == null, `nobody to hold ${Name}`, writeJson(free.lease), free.answer)
  for (let round = 0; round < 3; round++) {
    const Reason = `round ${round}`
    const answers = await allOf(
      Array.from({ length: owners }, (_, index) =>
        registry.plugin.ask('Registry.Acquire', { Name, Owner: `owner ${index}`, Reason, TTLSeconds: 60 }),
      ),
    )
    const got = answers.filter(({ error }) => error === undefined)
    const one = `one of ${owners} that acquire at the same time to get it`
    holds(got.length === 1, one, `${got.length}`, ...(got.length > 0 ? got : answers.slice(0, 1)))
    const lease = registry.acquired(got[0] as (typeof got)[number])
    holds(lease.Reason === Reason && Number(lease.TTLSeconds) >= 60, 'the lease that was asked for', writeJson(lease))
    for (const answer of answers.filter(({ error }) => error !== undefined)) {
      const named = answer.error?.code === conflict && String(answer.error.message).includes(String(lease.Owner))
      holds(named, `a conflict (-32002) that names '${String(lease.Owner)}'`, wordsOf(answer), answer)
    }
    const held = await registry.holder(Name)
    holds(sameJson(held.lease, lease), writeJson(lease), writeJson(held.lease), held.answer)
    await registry.plugin.call('Registry.Release', { Name, Epoch: lease.Epoch })
    const left = await registry.holder(Name)
    holds(
      left.answer.result.Lease == null,
      'nobody to hold it after it was released',
      writeJson(left.lease),
      left.answer,
    )
  }
}

/** Every way to use a lease that somebody else has by now is refused, and changes nothing. */
async function checkRefused(registry: RegistryWorld, old: { Name: string; Epoch: unknown }, what: string) {
  const Key = registry.place('guarded')
  const before = await registry.put(Key, 'before')
  const Lease = { Name: old.Name, Epoch: old.Epoch }
  const wrong: [method: string, params: object][] = [
    ['Renew', Lease],
    ['Put', { Key, Value: 'late', Lease }],
    ['Put', { Key: `${Key}/new`, Value: 'late', Lease }],
    ['Delete', { Key, Lease }],
    ['Txn', { Operations: [{ Put: { Key, Value: 'late' } }, { Put: { Key: `${Key}/new`, Value: 'late' } }], Lease }],
  ]
  for (const [method, params] of wrong) {
    await registry.refused(method, { ...params }, conflict, `${method} of ${what} to be a conflict (-32002)`)
  }
  const { entries, answer } = await registry.list(Key)
  holds(sameJson(entries, [before]), `still ${writeJson(before)}`, writeJson(entries), answer)
}

async function checkEpochs(registry: RegistryWorld): Promise<void> {
  const Name = registry.place('epochs')
  const first = await registry.acquire(Name, 'one', { TTLSeconds: 60 })
  const again = await registry.acquire(Name, 'one', { TTLSeconds: 60 })
  const held = await registry.holder(Name)
  const grown = Number(again.Epoch) > Number(first.Epoch) && Number(first.Epoch) > 0
  holds(grown, `an epoch greater than ${String(first.Epoch)}`, writeJson(again), held.answer)
  const since = `since when this owner has it: ${String(first.Since)}`
  holds(again.Since === first.Since, since, writeJson(again), held.answer)
  await checkRefused(registry, { Name, Epoch: first.Epoch }, 'the same owner with its old epoch')
  await registry.plugin.call('Registry.Release', { Name, Epoch: first.Epoch })
  const kept = await registry.holder(Name)
  holds(sameJson(kept.lease, again), 'a release with an old epoch to leave it', writeJson(kept.lease), kept.answer)
  await registry.plugin.call('Registry.Release', { Name, Epoch: again.Epoch })
  const next = await registry.acquire(Name, 'two', { TTLSeconds: 60 })
  const grows = Number(next.Epoch) > Number(again.Epoch)
  holds(grows, `an epoch greater than ${String(again.Epoch)} also after a release`, writeJson(next), held.answer)
}

async function checkGuarded(registry: RegistryWorld): Promise<void> {
  const [Name, Key] = [registry.place('guard'), registry.place('by-holder')]
  const never = { Name, Epoch: 1 }
  await checkRefused(registry, never, 'a lease that nobody holds')
  const { Epoch } = await registry.acquire(Name, 'one', { TTLSeconds: 60 })
  const Lease = { Name, Epoch }
  const put = await registry.put(Key, 'held', { Lease })
  const { entry, answer } = await registry.get(Key)
  holds(sameJson(entry, put), writeJson(put), writeJson(entry), answer)
  const Operations = [{ Put: { Key, Value: 'again', IfVersion: put.Version } }]
  await registry.plugin.call('Registry.Txn', { Operations, Lease })
  await registry.refused('Put', { Key, Value: 'x', IfVersion: put.Version, Lease }, conflict, 'both to be conditions')
  await registry.plugin.call('Registry.Delete', { Key, Lease })
  await registry.plugin.call('Registry.Release', Lease)
  await checkRefused(registry, Lease, 'one who gave the lease up')
}

/** What a holder that was paused finds: its lease has run out, another one has it. */
async function checkExpiry(registry: RegistryWorld): Promise<void> {
  const Name = registry.place('paused')
  const lease = await registry.acquire(Name, 'paused', { TTLSeconds: 1 })
  const seconds = Number(lease.TTLSeconds)
  let free = false
  const watcher = new Watcher(registry, `registry/leases/${Name}`, async () => {
    free = (await registry.holder(Name)).answer.result.Lease == null
  })
  await watcher.connect()
  try {
    const begun = performance.now()
    const early = await registry.plugin.ask('Registry.Acquire', { Name, Owner: 'other', TTLSeconds: 60 })
    const inTime = performance.now() - begun < (seconds * 1000) / 2
    if (inTime) holds(early.error?.code === conflict, 'a conflict while it is good', wordsOf(early), early)
    else if (early.error === undefined) registry.acquired(early)
    // Who watches hears of the end at once, or as late as the registry may let it run out.
    const patienceMs = Math.max(registry.patienceMs, 3 * seconds * 1000)
    if (early.error !== undefined) {
      await eventually(patienceMs, async () =>
        holds(free, `a watcher to be told that ${Name} has run out`, 'nothing', watcher.shown()),
      )
    }
    await checkRefused(registry, { Name, Epoch: lease.Epoch }, 'a holder whose lease has run out')
    const taken = await registry.acquire(Name, 'other', { TTLSeconds: 60 })
    const grown = Number(taken.Epoch) > Number(lease.Epoch)
    holds(grown, `an epoch greater than ${String(lease.Epoch)}`, writeJson(taken), watcher.shown())
    await checkRefused(registry, { Name, Epoch: lease.Epoch }, 'a holder that was paused while another one took over')
    await registry.plugin.call('Registry.Release', { Name, Epoch: lease.Epoch })
    const { lease: held, answer } = await registry.holder(Name)
    holds(sameJson(held, taken), `still ${writeJson(taken)}`, writeJson(held), answer)
  } finally {
    await watcher.disconnect()
  }
}

async function checkRenewal(registry: RegistryWorld): Promise<void> {
  const Name = registry.place('renewed')
  const lease = await registry.acquire(Name, 'holder', { TTLSeconds: 1 })
  const seconds = Number(lease.TTLSeconds)
  const pauseMs = (seconds * 1000) / 8
  let last = performance.now()
  await forSeconds(seconds * 2.2, pauseMs, async () => {
    const asked = performance.now()
    const late = asked - last > seconds * 500
    const answer = await registry.plugin.ask('Registry.Renew', { Name, Epoch: lease.Epoch })
    // A machine that is too busy to renew in time proves nothing.
    if (late && answer.error)
      return void Object.assign(lease, await registry.acquire(Name, 'holder', { TTLSeconds: 1 }))
    holds(answer.error === undefined, `${Name} to be held for as long as it is renewed`, wordsOf(answer), answer)
    const renewed = rowOf(answer.result.Lease)
    holds(renewed.Epoch === lease.Epoch, `the epoch ${String(lease.Epoch)}, as before`, writeJson(renewed), answer)
    const other = await registry.plugin.ask('Registry.Acquire', { Name, Owner: 'other' })
    if (performance.now() - asked > seconds * 500) return
    last = asked
    holds(other.error?.code === conflict, 'a conflict for all others', wordsOf(other), other)
  })
}

export const registryLeasePromises: readonly PluginPromise[] = [
  {
    interface: 'Registry',
    name: 'a lease has one holder, and all others are told which one',
    why: 'Two that both believe to be the one destroy what the other makes.',
    check: onRegistry(checkOneHolder),
  },
  {
    interface: 'Registry',
    name: 'the epoch of a lease grows each time it is acquired, and an older one is refused',
    why: 'An earlier process of the same owner must not go on beside the new one.',
    check: onRegistry(checkEpochs),
  },
  {
    interface: 'Registry',
    name: 'a change on behalf of a lease is made only while it is held',
    why: 'Between the look at the lease and the change, the lease may go.',
    check: onRegistry(checkGuarded),
  },
  {
    interface: 'Registry',
    name: 'a lease that is not renewed runs out, is told, and can be taken over; its holder, who was paused, is refused',
    why: 'Who was killed never comes back; who was paused does, and knows nothing.',
    check: onRegistrySlowly(checkExpiry),
  },
  {
    interface: 'Registry',
    name: 'a lease that is renewed in time is kept, with its epoch',
    why: 'A deployment may take longer than a lease.',
    check: onRegistrySlowly(checkRenewal),
  },
]
