import { InfrakitError, tag } from '@infrakit/spi'
import { rejection, waitUntil } from '@infrakit/testing'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { health, harness, memoryStore, spec } from './harness.js'

t.test('unhealthy members of a steady group are replaced, one by one', async (t) => {
  const h = await harness(t)
  await h.commit(spec({ healing: { UnhealthyAfter: 2 } }))
  const before = (await h.converged()).Instances.map((one) => one.ID)
  h.flavor.health.set(before[1] ?? '', health.unhealthy)
  await waitUntil('it is replaced', () => !h.instance.instances.has(before[1] ?? ''))
  const after = (await h.converged()).Instances.map((one) => one.ID)
  t.ok(after.includes(before[0] ?? '') && after.includes(before[2] ?? ''), 'the healthy ones stay')
})

t.test('unknown health replaces nothing', async (t) => {
  const h = await harness(t)
  await h.commit(spec({ healing: { UnhealthyAfter: 1 } }))
  const before = (await h.converged()).Instances.map((one) => one.ID)
  h.flavor.before = (method) => {
    if (method === 'healthy') throw new InfrakitError('unavailable', 'the flavor is away')
  }
  const asked = h.flavor.calls.length
  await waitUntil('it was asked twenty times', () => h.flavor.calls.length > asked + 20)
  t.same([...h.instance.instances.keys()].sort(), before)
  t.equal((await h.describe()).Converged, false)
})

t.test('an update that cannot get healthy halts at its deadline and keeps what serves', async (t) => {
  const h = await harness(t)
  const updating = { Deadline: '400ms' }
  await h.commit(spec({ updating }))
  await h.converged()
  h.flavor.before = (method, request) => {
    const { Instance } = request as { Instance?: { ID: string; Tags: Record<string, string> } }
    if (method === 'healthy' && Instance && Instance.ID > 'i-0003') h.flavor.health.set(Instance.ID, health.unknown)
  }
  await h.commit(spec({ version: '2', updating }))
  await waitUntil('it halts', async () => (await h.describe()).Status === 'halted')
  const description = await h.describe()
  t.match(description.LastFailure?.Message, /revision 2 made no progress for 400ms/)
  t.equal(description.LastFailure?.RetryAt, null)
  t.equal([...h.instance.instances.keys()].filter((id) => id <= 'i-0003').length, 2, 'two of the old ones serve on')
  h.flavor.before = () => undefined
  h.flavor.health.clear()
  await h.commit(spec({ version: '3', updating }))
  t.equal((await h.converged()).Revision, 3, 'the next commit takes over')
})

t.test('an update that cannot get healthy rolls back when told so', async (t) => {
  const h = await harness(t)
  const updating = { Deadline: '400ms', OnFailure: 'rollback' }
  await h.commit(spec({ updating }))
  await h.converged()
  const good = h.hashes()
  h.flavor.before = (method, request) => {
    const { Instance } = request as { Instance?: { ID: string; Tags: Record<string, string> } }
    if (method === 'healthy' && Instance && !good.has(Instance.Tags[tag.configHash])) {
      h.flavor.health.set(Instance.ID, health.unhealthy)
    }
  }
  await h.commit(spec({ version: '2', updating }))
  await waitUntil('it is back', async () => {
    const { Revision, Converged } = await h.describe()
    return Revision === 1 && Converged
  })
  t.same(h.hashes(), good)
  const { LastFailure } = await h.describe()
  t.match(LastFailure?.Message, /^rolled back to revision 1: the update to revision 2 made no progress for 400ms/)
  t.equal(LastFailure?.RetryAt, null, 'it is told until somebody commits something else')
  t.ok(h.told.some((line) => line.startsWith('Rolling back to revision 1: ')))
})

t.test('a failure backs off, is told, and is over when its cause is', async (t) => {
  const h = await harness(t)
  h.instance.before = (method) => {
    if (method === 'provision') throw new InfrakitError('plugin-failed', 'no room')
  }
  await h.commit(spec())
  await waitUntil('it is told', async () => (await h.describe()).LastFailure)
  const description = await h.describe()
  t.match(description.LastFailure?.Message, /could not create an instance: no room/)
  t.ok(description.LastFailure?.RetryAt)
  h.instance.before = () => undefined
  await h.converged()
  t.equal((await h.describe()).LastFailure, null)
})

t.test('many that fail at once are one failure: the next try waits no longer than after a single one', async (t) => {
  const h = await harness(t)
  h.instance.before = (method) => {
    if (method === 'provision') throw new InfrakitError('unavailable', 'the plugin has just died')
  }
  await h.commit(spec({ size: 20 }))
  const failures = () => h.told.filter((line) => line.includes('just died'))
  await waitUntil('all to have failed', () => failures().length >= 20)
  const { LastFailure } = await h.describe()
  const waits = Date.parse(LastFailure?.RetryAt ?? '') - Date.parse(LastFailure?.At ?? '')
  t.ok(waits <= 1000, `${waits} ms`)
  h.instance.before = () => undefined
  await h.converged()
})

t.test('a failed listing changes nothing', async (t) => {
  const h = await harness(t)
  await h.commit(spec())
  await h.converged()
  const calls = h.instance.calls.length
  h.instance.before = (method) => {
    if (method === 'describeInstances') throw new InfrakitError('unavailable', 'cannot list')
  }
  h.hint()
  await waitUntil('it tried', () => h.told.some((line) => line.includes('cannot list')))
  t.same(
    h.instance.calls.slice(calls).filter((call) => call !== 'describeInstances'),
    [],
  )
  t.equal((await h.describe()).Converged, false)
  h.instance.before = () => undefined
  await h.converged()
})

t.test('an unanswered provision is asked for again under the same key', async (t) => {
  const h = await harness(t)
  const keys: string[] = []
  let lost = 0
  h.instance.before = (method, request) => {
    if (method !== 'provision') return
    keys.push((request as { Spec: { Tags: Record<string, string> } }).Spec.Tags[tag.provision] ?? '')
    if (lost++ < 1) throw new InfrakitError('timeout', 'no answer')
  }
  await h.commit(spec({ size: 1 }))
  await h.converged()
  t.equal(keys.length, 2)
  t.equal(keys[0], keys[1])
  t.equal(h.instance.instances.size, 1)
})

t.test('a restart goes on with what was committed, begun and said', async (t) => {
  const store = memoryStore()
  const first = await harness(t, { store })
  await first.commit(spec())
  await first.converged()
  await first.commit(spec({ version: '2', updating: { Duration: '1h' } }))
  await waitUntil('the update has begun', () => first.hashes().size === 2)
  await first.groups.stop()
  const second = await harness(t, { store })
  for (const [id, one] of first.instance.instances) second.instance.instances.set(id, one)
  second.hint()
  const description = await waitUntil('it looks', async () => {
    const found = await second.describe()
    return found.Instances.length === 3 && found
  })
  t.equal(description.Revision, 2)
  await second.commit(spec({ version: '2' }))
  await second.converged()
  t.equal(second.hashes().size, 1)
})

t.test('a group that is being destroyed takes no commits', async (t) => {
  const h = await harness(t)
  await h.commit(spec({ size: 1 }))
  await h.converged()
  let release = () => undefined as void
  h.instance.before = (method) =>
    method === 'destroy' ? new Promise<void>((resolve) => (release = resolve)) : undefined
  await h.groups.destroyGroup({ ID: 'web' })
  await waitUntil('destroying', () => h.instance.calls.some((call) => call.startsWith('destroy')))
  await t.rejects(h.commit(spec()), { kind: 'conflict', message: "Group 'web' is being destroyed" })
  t.equal((await h.describe()).Status, 'destroying')
  release()
  await waitUntil('it is forgotten', async () => (await h.groups.inspectGroups()).Groups === null)
})

t.test('a commit that cannot be written is not acknowledged', async (t) => {
  const h = await harness(t)
  await h.commit(spec())
  await h.converged()
  h.store.fail = true
  await t.rejects(h.commit(spec({ size: 5 })), { message: /no space left/ })
  t.same(await h.groups.size({ ID: 'web' }), { Size: 3 })
  h.store.fail = false
  await h.commit(spec({ size: 5 }))
  t.equal((await h.converged()).Instances.length, 5)
})

t.test('what still runs when a group is freed writes nothing down: after a restart it is not back', async (t) => {
  const h = await harness(t)
  let fail = () => undefined as void
  h.instance.before = (method) =>
    method === 'provision' ? new Promise((_, reject) => (fail = () => reject(new Error('too late')))) : undefined
  await h.commit(spec({ size: 1 }))
  await waitUntil('provisioning', () => h.instance.calls.includes('provision'))
  await h.groups.freeGroup({ ID: 'web' })
  fail()
  await waitUntil('the failure to be told', () => h.told.some((message) => message.includes('too late')))
  await h.groups.stop()
  t.same([...h.store.texts.keys()], [])
})

t.test('a group that could not be freed is looked after as before', async (t) => {
  const h = await harness(t)
  await h.commit(spec())
  await h.converged()
  const { remove } = h.store
  h.store.remove = async () => Promise.reject(new Error('EROFS: read-only file system'))
  t.match(await rejection(h.groups.freeGroup({ ID: 'web' })), { message: /EROFS/ })
  h.store.remove = remove
  h.instance.instances.delete((await h.describe()).Instances[0]?.ID ?? '')
  h.hint()
  t.equal((await h.converged()).Instances.length, 3)
})

t.test('a destruction that could not be written down is tried again', async (t) => {
  const h = await harness(t)
  await h.commit(spec())
  await h.converged()
  const { remove } = h.store
  let refused = 0
  h.store.remove = async (key) => (refused++ === 0 ? Promise.reject(new Error('EROFS')) : remove(key))
  await h.groups.destroyGroup({ ID: 'web' })
  await waitUntil('the group to be gone', () => h.store.texts.size === 0)
  t.equal(h.instance.instances.size, 0)
  t.ok(h.told.some((message) => message === 'Group web is destroyed'))
})

t.test('one slow plugin keeps no other group waiting', async (t) => {
  const h = await harness(t)
  await h.commit(spec({ id: 'slow', size: 1, version: 'slow' }))
  await h.converged('slow')
  let release = () => undefined as void
  h.flavor.before = (method) => (method === 'drain' ? new Promise<void>((resolve) => (release = resolve)) : undefined)
  await h.commit(spec({ id: 'slow', size: 1, version: 'next' }))
  await waitUntil('draining', () => h.flavor.calls.some((call) => call.startsWith('drain')))
  await h.commit(spec({ id: 'web', size: 3 }))
  await h.converged('web')
  h.instance.instances.delete([...h.instance.instances].find(([, one]) => one.Tags?.[tag.group] === 'web')?.[0] ?? '')
  h.hint()
  await h.converged('web')
  release()
  h.flavor.before = () => undefined
  await h.converged('slow')
})

t.test('a group is never called converged while an instance is missing', async (t) => {
  const h = await harness(t)
  const write = h.store.write
  // What is begun is written down first: on a slow disk there is a moment in which much is known and nothing done.
  h.store.write = async (key, state) => {
    await sleep(30)
    return write(key, state)
  }
  await h.commit(spec())
  for (let round = 0; round < 5; round++) {
    const { Instances } = await h.converged()
    h.instance.instances.delete(Instances[round % 3]?.ID ?? '')
    h.hint()
    const seen = await waitUntil('it says converged', async () => {
      const description = await h.describe()
      return description.Converged && description.Instances
    })
    t.equal(seen.length, 3)
  }
})

t.test('a new instance proves itself as often as asked for, however slow the listing', async (t) => {
  const h = await harness(t)
  // Listings go on while instances are made, and some arrive after a provision that they do not show.
  const { describeInstances } = h.instance.handlers
  h.instance.handlers.describeInstances = async (request) => {
    const listed = await describeInstances(request)
    await sleep(40)
    return listed
  }
  h.instance.before = (method) => (method === 'provision' ? sleep(120) : undefined)
  const hints = setInterval(h.hint, 5)
  t.teardown(() => clearInterval(hints))
  const updating = { Count: 3 }
  await h.commit(spec({ size: 2, updating }))
  await h.converged()
  const asked = h.flavor.calls.length
  await h.commit(spec({ size: 2, version: '2', updating }))
  await h.converged()
  const calls = h.flavor.calls.slice(asked)
  const [first] = [...h.instance.instances.keys()]
  const drains = calls.flatMap((call, at) => (call.startsWith('drain') ? [at] : []))
  const proofs = calls.slice(drains[0], drains[1]).filter((call) => call === `healthy ${first ?? ''}`)
  t.equal(drains.length, 2)
  t.ok(proofs.length >= 3, `asked ${proofs.length} times before the next one went`)
})
