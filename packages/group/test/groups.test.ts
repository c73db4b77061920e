import { InfrakitError, tag } from '@infrakit/spi'
import { waitUntil } from '@infrakit/testing'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { harness, spec } from './harness.js'

t.test('a commit makes the group, and says so in the words users know', async (t) => {
  const h = await harness(t)
  t.equal(await h.commit(spec(), true), 'Managing 3 instances')
  t.equal(h.instance.instances.size, 0, 'pretending changes nothing')
  t.equal(await h.commit(spec()), 'Managing 3 instances')
  const description = await h.converged()
  t.equal(description.Instances.length, 3)
  t.equal(description.Status, 'converged')
  t.equal(h.instance.peak, 3)
  t.equal(await h.commit(spec()), 'Noop')
  t.equal((await h.groups.history({ ID: 'web' })).Revisions.length, 1, 'a noop is no revision')
})

t.test('a lost instance is replaced on the hint of an event', async (t) => {
  const h = await harness(t)
  await h.commit(spec())
  const [first] = (await h.converged()).Instances
  h.instance.instances.delete(first?.ID ?? '')
  h.hint()
  await waitUntil('three again', () => h.instance.instances.size === 3)
  await h.converged()
})

t.test('each time a group has converged it is told, once', async (t) => {
  const h = await harness(t)
  const times = () => h.told.filter((message) => message === 'Group web has converged').length
  await h.commit(spec())
  await h.converged()
  t.equal(times(), 1)
  h.hint()
  await h.converged()
  t.equal(times(), 1, 'not when it still is')
  await h.groups.setSize({ ID: 'web', Size: 1 })
  await waitUntil('one to be left', () => h.instance.instances.size === 1)
  await h.converged()
  t.equal(times(), 2, 'also when nothing had to be written down for it')
  h.instance.instances.clear()
  h.hint()
  await waitUntil('another one', () => h.instance.instances.size === 1)
  await h.converged()
  t.equal(times(), 3)
})

t.test('events are subscribed to once, and anew only when the plugin is served elsewhere', async (t) => {
  const h = await harness(t)
  const { instance: find } = h.ports
  const followed: string[] = []
  let site = 'its socket'
  Object.assign(h.ports, {
    instance: async (name: string) => {
      const here = site
      const watch = (_hint: () => void, signal: AbortSignal) => {
        followed.push(here)
        signal.addEventListener('abort', () => followed.push(`no more ${here}`))
      }
      return { ...(await find(name)), watch, site }
    },
  })
  await h.commit(spec())
  await h.converged()
  t.same(followed, ['its socket'], 'once, though it was looked at more than once')
  site = 'a port'
  await h.commit(spec({ size: 4 }))
  await h.converged()
  t.same(followed, ['its socket', 'no more its socket', 'a port'])
})

t.test('a rolling update replaces one after the other and never goes below size less one', async (t) => {
  const h = await harness(t)
  await h.commit(spec({ size: 5 }))
  await h.converged()
  let least = Infinity
  h.instance.before = () => {
    least = Math.min(least, h.instance.instances.size)
  }
  t.equal(await h.commit(spec({ size: 5, version: '2' }), true), 'Performing a rolling update on 5 instances')
  await h.commit(spec({ size: 5, version: '2' }))
  const before = h.hashes()
  const description = await h.converged()
  t.equal(least, 4)
  t.equal(h.instance.peak, 5)
  t.equal(h.hashes().size, 1)
  t.not([...h.hashes()][0], [...before][0])
  t.equal(description.Revision, 2)
  t.equal(h.flavor.calls.filter((call) => call.startsWith('drain')).length, 5)
})

t.test('a member that is seen to have ended while it is destroyed is no sign that its like will fail', async (t) => {
  const h = await harness(t)
  h.instance.before = async (method, request) => {
    const id = (request as { Instance?: string }).Instance ?? ''
    const one = h.instance.instances.get(id)
    if (method !== 'destroy' || !one) return
    // As an engine has it: first it ends, then it is removed.
    one.State = 'failed'
    h.hint()
    await sleep(150)
  }
  await h.commit(spec())
  await h.converged()
  await h.commit(spec({ version: '2' }))
  await h.converged()
  t.equal(h.hashes().size, 1)
  t.same(
    h.told.filter((message) => message.includes('do not last')),
    [],
  )
})

t.test('with surge an update never goes below the size', async (t) => {
  const h = await harness(t)
  const updating = { MaxSurge: 2 }
  await h.commit(spec({ size: 4, updating }))
  await h.converged()
  let least = Infinity
  h.instance.before = () => {
    least = Math.min(least, h.instance.instances.size)
  }
  await h.commit(spec({ size: 4, version: '2', updating }))
  await h.converged()
  t.equal(least, 4)
  t.equal(h.instance.peak, 6)
})

t.test('texts of commits', async (t) => {
  const h = await harness(t)
  await h.commit(spec({ size: 5 }))
  await h.converged()
  const pretend = (options: Parameters<typeof spec>[0]) => h.commit(spec(options), true)
  t.equal(await pretend({ size: 10 }), 'Adding 5 instances to increase the group size to 10')
  t.equal(await pretend({ size: 3 }), 'Terminating 2 instances to reduce the group size to 3')
  t.equal(await pretend({ size: 0 }), 'Terminating 5 instances to reduce the group size to 0')
  t.equal(
    await pretend({ size: 10, version: '2' }),
    'Performing a rolling update on 5 instances, then adding 5 instances to increase the group size to 10',
  )
  t.equal(
    await pretend({ size: 1, version: '2' }),
    'Terminating 4 instances to reduce the group size to 1, then performing a rolling update on 1 instances',
  )
  t.equal(await pretend({ size: 5, state: 'stopped' }), 'Stopping 5 instances')
})

t.test('bad specifications are refused with the path, and change nothing', async (t) => {
  const h = await harness(t)
  const refused = async (what: unknown, message: RegExp) =>
    t.rejects(h.groups.commitGroup({ Spec: what as never }), { kind: 'input', message })
  await refused({ ...spec(), ID: '' }, /^Group ID must not be blank$/)
  await refused({ ID: 'web' }, /^Allocation must not be blank$/)
  await refused({ ID: 'web', Properties: { Allocation: {} } }, /.*/)
  const properties = spec().Properties as Record<string, object>
  const changed = (patch: object) => ({ ID: 'web', Properties: { ...properties, ...patch } })
  await refused(changed({ Allocation: {} }), /^Allocation must not be blank$/)
  await refused(changed({ Allocation: { Size: 1, LogicalIDs: ['a'] } }), /^Only one Allocation method may be used$/)
  await refused(
    changed({ Allocation: { Size: 'two' } }),
    /Properties.Allocation.Size: expected a whole number, got "two"/,
  )
  await refused(changed({ Allocation: { Size: -1 } }), /Properties.Allocation.Size: must not be negative, got -1/)
  await refused(changed({ Allocaton: {} }), /Properties.Allocaton: unknown key, did you mean 'Allocation'\?/)
  await refused(changed({ Updating: { Count: 2, Duration: '3s' } }), /Count and Duration exclude each other/)
  await refused(changed({ Updating: { MaxSurge: 0, MaxUnavailable: 0 } }), /cannot both be 0/)
  await refused(changed({ Updating: { Deadline: 'soon' } }), /Properties.Updating.Deadline: expected a duration/)
  t.equal((await h.groups.inspectGroups()).Groups, null)
  t.equal(h.store.texts.size, 0)
})

t.test('a missing plugin is named in the words users know', async (t) => {
  const h = await harness(t)
  h.missing.add('memory')
  await t.rejects(h.commit(spec()), { message: "Failed to find Instance plugin 'memory':plugin not found:memory" })
})

t.test('what a plugin objects to carries the path in the specification', async (t) => {
  const h = await harness(t)
  h.instance.before = (method) => {
    if (method !== 'validate') return
    throw new InfrakitError('input', 'Properties.Image: is missing', { path: 'Properties.Image' })
  }
  await t.rejects(h.commit(spec()), {
    kind: 'input',
    message: 'Properties.Instance.Properties.Image: is missing',
    path: 'Properties.Instance.Properties.Image',
  })
})

t.test('scaling 5 to 3 to 6 back to back ends at 6', async (t) => {
  const h = await harness(t)
  await h.commit(spec({ size: 5 }))
  await h.commit(spec({ size: 3 }))
  await h.commit(spec({ size: 6 }))
  const { Instances } = await h.converged()
  t.equal(Instances.length, 6)
})

t.test('a size override holds until another size is committed', async (t) => {
  const h = await harness(t)
  await h.commit(spec({ size: 2 }))
  await h.groups.setSize({ ID: 'web', Size: 4 })
  t.equal((await h.converged()).Instances.length, 4)
  t.same(await h.groups.size({ ID: 'web' }), { Size: 4 })
  t.equal(await h.commit(spec({ size: 2, version: '2' }), true), 'Performing a rolling update on 4 instances')
  t.match(await h.commit(spec({ size: 3 }), true), /clearing the size override of 4$/)
  await h.commit(spec({ size: 3 }))
  t.same(await h.groups.size({ ID: 'web' }), { Size: 3 })
  t.equal((await h.converged()).Instances.length, 3)
  await t.rejects(h.groups.setSize({ ID: 'web', Size: -1 }), { kind: 'input', message: 'size cannot be negative' })
  await h.groups.setSize({ ID: 'web', Size: 0 })
  t.equal((await h.converged()).Instances.length, 0, 'a size of 0 is valid')
})

t.test('named instances are destroyed and the size lowered by as many', async (t) => {
  const h = await harness(t)
  await h.commit(spec({ size: 3 }))
  const [first, second] = (await h.converged()).Instances
  await t.rejects(h.groups.destroyInstances({ ID: 'web', Instances: ['stranger'] }), { message: /not a member/ })
  await h.groups.destroyInstances({ ID: 'web', Instances: [second?.ID ?? ''] })
  const left = (await h.converged()).Instances.map((one) => one.ID)
  t.equal(left.length, 2)
  t.ok(left.includes(first?.ID ?? ''))
  t.notOk(left.includes(second?.ID ?? ''))
})

t.test('pets keep their identities through loss and update', async (t) => {
  const h = await harness(t)
  const pets = ['10.0.0.1', '10.0.0.2']
  await h.commit(spec({ pets }))
  const first = await h.converged()
  t.same(first.Instances.map((one) => one.LogicalID).sort(), pets)
  h.instance.instances.delete(first.Instances[0]?.ID ?? '')
  h.hint()
  await waitUntil('both again', () => h.instance.instances.size === 2)
  await h.commit(spec({ pets, version: '2' }))
  const second = await h.converged()
  t.same(second.Instances.map((one) => one.LogicalID).sort(), pets)
  t.equal(h.instance.peak, 2, 'no identity was ever held twice')
  await t.rejects(h.groups.setSize({ ID: 'web', Size: 5 }), { message: /made of LogicalIDs/ })
})

t.test('a parked group keeps its members, stopped, and runs them again', async (t) => {
  const h = await harness(t)
  await h.commit(spec())
  const ids = (await h.converged()).Instances.map((one) => one.ID)
  await h.commit(spec({ state: 'stopped' }))
  const parked = await h.converged()
  t.equal(parked.Status, 'parked')
  t.same(
    parked.Instances.map((one) => [one.ID, one.State]),
    ids.map((id) => [id, 'stopped']),
  )
  t.equal(await h.commit(spec(), true), 'Starting 3 instances')
  await h.commit(spec())
  const running = await h.converged()
  t.same(
    running.Instances.map((one) => one.ID),
    ids,
    'the same instances',
  )
})

t.test('an instance stopped by hand is started again', async (t) => {
  const h = await harness(t)
  await h.commit(spec())
  const [first] = (await h.converged()).Instances
  await h.instance.handlers.stop({ Instance: first?.ID ?? '' })
  h.hint()
  await waitUntil('it runs', () => h.instance.instances.get(first?.ID ?? '')?.State === 'running')
})

t.test('history and rollback', async (t) => {
  const h = await harness(t)
  for (const version of ['1', '2', '3']) {
    await h.commit(spec({ version }))
    await h.converged()
  }
  t.equal((await h.groups.rollback({ ID: 'web', Pretend: true })).Details, 'Performing a rolling update on 3 instances')
  await h.groups.rollback({ ID: 'web', Revision: 1 })
  t.equal((await h.converged()).Revision, 1)
  const { Revisions } = await h.groups.history({ ID: 'web' })
  t.same(
    Revisions.map((revision) => [revision.Revision, revision.Active]),
    [
      [3, false],
      [2, false],
      [1, true],
    ],
  )
  await t.rejects(h.groups.rollback({ ID: 'web', Revision: 9 }), { kind: 'not-found', message: /has no revision 9/ })
  await t.rejects(h.groups.rollback({ ID: 'web' }), { message: /no revision before the active one/ })
  for (let version = 4; version < 18; version++) await h.commit(spec({ version: String(version) }))
  t.equal((await h.groups.history({ ID: 'web' })).Revisions.length, 10)
})

t.test('free leaves the instances as they are; destroy takes them all', async (t) => {
  const h = await harness(t)
  await h.commit(spec())
  await h.converged()
  await h.groups.freeGroup({ ID: 'web' })
  t.equal(h.instance.instances.size, 3)
  await t.rejects(h.describe(), { kind: 'not-found', message: "Group 'web' is not being watched" })
  t.equal(h.store.texts.size, 0)
  t.equal(await h.commit(spec()), 'Managing 3 instances')
  await h.converged()
  t.equal(h.instance.peak, 3, 'the old instances were adopted')
  await h.groups.destroyGroup({ ID: 'web' })
  await waitUntil('all are gone', () => h.instance.instances.size === 0)
  await waitUntil('it is forgotten', async () => (await h.groups.inspectGroups()).Groups === null)
  t.equal(h.store.texts.size, 0)
})

t.test('a commit that would leave instances to nobody is refused and changes nothing', async (t) => {
  const h = await harness(t)
  await h.commit(spec())
  await h.converged()
  const refusal = {
    kind: 'conflict',
    path: 'Properties.Instance.Plugin',
    message: "Group 'web' has instances of 'memory', which 'elsewhere' would not look after",
    hint: /infrakit group free web/,
  }
  await t.rejects(h.commit(spec({ plugin: 'elsewhere' })), refusal)
  await t.rejects(h.commit(spec({ plugin: 'elsewhere' }), true), refusal, 'as pretending says')
  t.equal((await h.groups.history({ ID: 'web' })).Revisions.length, 1)
  t.equal(h.instance.instances.size, 3)

  t.comment('without instances the group may go elsewhere, and back only once it has none there either')
  await h.groups.setSize({ ID: 'web', Size: 0 })
  await h.converged()
  h.missing.add('memory')
  await t.rejects(h.commit(spec({ plugin: 'elsewhere' })), refusal, 'it cannot be seen that it has none')
  h.missing.delete('memory')
  await h.commit(spec({ plugin: 'elsewhere', size: 2 }))
  await h.converged()
  t.equal(h.elsewhere.instances.size, 2)
  const back = { ...refusal, message: "Group 'web' has instances of 'elsewhere', which 'memory' would not look after" }
  await t.rejects(h.groups.rollback({ ID: 'web', Revision: 1 }), back, 'a rollback as well')
})

t.test('instances made by any release of the original are adopted as they are', async (t) => {
  const h = await harness(t)
  await h.commit(spec({ id: 'probe', size: 1 }))
  const [probe] = (await h.converged('probe')).Instances
  const current = probe?.Tags?.[tag.configHash] ?? ''
  const sha = Buffer.from(decodeBase32(current)).toString('base64').replaceAll('+', '-').replaceAll('/', '_')
  const add = (ID: string, Tags: Record<string, string>) =>
    h.instance.instances.set(ID, { ID, Tags: { [tag.group]: 'web', ...Tags }, LogicalID: null, Spec: {} })
  add('go-v0.5', { [tag.configHash]: current })
  add('go-v0.1', { [tag.configHash]: sha })
  add('go-head', { [tag.configHashHead]: current })
  add('by-hand', { [tag.configHash]: 'bootstrap' })
  await h.commit(spec({ size: 4 }))
  const { Instances } = await h.converged()
  t.same(
    Instances.map((one) => one.ID),
    ['by-hand', 'go-head', 'go-v0.1', 'go-v0.5'],
  )
  t.equal(h.instance.instances.get('by-hand')?.Tags?.[tag.configHash], current, 'it is labelled')
})

function decodeBase32(text: string): Uint8Array {
  const bits = [...text].map((c) => 'abcdefghijklmnopqrstuvwxyz234567'.indexOf(c).toString(2).padStart(5, '0')).join('')
  return Uint8Array.from(bits.match(/.{8}/g) ?? [], (byte) => parseInt(byte, 2))
}
