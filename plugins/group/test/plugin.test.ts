import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { offer, parseJson, stringifyJson } from '@infrakit/rpc'
import {
  fenceInterface,
  instanceInterface,
  metadataInterface,
  resolveInterface,
  tag,
  type Instance,
  type InstanceSpec,
} from '@infrakit/spi'
import { memoryInstance, waitUntil } from '@infrakit/testing'
import t from 'tap'
import { spec, world } from './world.js'

const keysOf = (instances: Iterable<{ Tags?: Record<string, string> | null }>) =>
  [...instances].map(({ Tags }) => Tags?.[tag.provision])

t.test('a commit makes the group', async (t) => {
  const w = await world(t)
  await w.start()
  const group = await w.group()
  t.equal((await group.commitGroup({ Spec: spec(), Pretend: true })).Details, 'Managing 3 instances')
  t.equal(w.instance.instances.size, 0, 'pretending changes nothing')
  await group.commitGroup({ Spec: spec() })
  const description = await w.converged()
  t.equal(description.Instances.length, 3)
  t.equal(new Set(keysOf(description.Instances)).size, 3, 'each has a key of its own')
  t.match((await group.inspectGroups({})).Groups, [spec()])
})

t.test('a lost instance is replaced on the hint of an event, while nobody looks', async (t) => {
  const w = await world(t)
  await w.start()
  await (await w.group()).commitGroup({ Spec: spec() })
  const [first] = (await w.converged()).Instances
  w.instance.instances.delete(first?.ID ?? '')
  w.hint()
  await waitUntil('three again', () => w.instance.instances.size === 3, 5000)
  t.notOk(w.instance.instances.has(first?.ID ?? ''))
})

t.test('control: without the hint it is not, until somebody looks', async (t) => {
  const w = await world(t)
  await w.start()
  await (await w.group()).commitGroup({ Spec: spec() })
  await (await w.group()).commitGroup({ Spec: { ...spec(), ID: 'other' } })
  const [first] = (await w.converged()).Instances
  await w.converged('other')
  w.instance.instances.delete(first?.ID ?? '')
  // Something else that takes its time meanwhile: more than the hint needs.
  await (await w.group()).setSize({ ID: 'other', Size: 4 })
  await w.converged('other')
  const members = () => [...w.instance.instances.values()].filter(({ Tags }) => Tags?.[tag.group] === 'web').length
  t.equal(members(), 2)
  await w.converged()
  t.equal(members(), 3)
})

t.test('events reach it again after the instance plugin was restarted', async (t) => {
  const w = await world(t, { events: false })
  const { createEventHub } = await import('@infrakit/rpc')
  const hub = createEventHub()
  const offers = [offer(instanceInterface, w.instance.handlers)]
  const served = await w.serve('restarting', offers, hub)
  await w.start()
  const Spec = spec('1', { Instance: { Plugin: 'restarting' } })
  await (await w.group()).commitGroup({ Spec })
  const [first] = (await w.converged()).Instances
  await served.close(0)
  w.instance.instances.delete(first?.ID ?? '')
  await w.serve('restarting', offers, hub)
  await waitUntil('three again', () => w.instance.instances.size === 3, 5000)
})

t.test('kill -9 in the middle of an update: the next process ends it, and nothing is made twice', async (t) => {
  const w = await world(t)
  const first = await w.start()
  await (await w.group()).commitGroup({ Spec: spec() })
  const before = await w.converged()
  const made: string[] = []
  let release = () => undefined as void
  const hold = new Promise<void>((resolve) => (release = resolve))
  w.instance.before = async (method, request) => {
    if (method !== 'provision') return
    made.push((request as { Spec: InstanceSpec }).Spec.Tags?.[tag.provision] ?? '')
    await hold
  }
  await (await w.group()).commitGroup({ Spec: spec('2') })
  await waitUntil('the first replacement to be asked for', () => made.length > 0)
  await first.end('SIGKILL')
  await w.start()
  await waitUntil('it to be asked for again', () => made.length > 1)
  release()
  const after = await w.converged()
  t.equal(after.Revision, 2)
  t.equal(after.Instances.length, 3)
  t.not(after.ConfigHash, before.ConfigHash)
  t.equal(w.instance.peak, 3, 'never more than its size')
  const { Revisions } = await (await w.revisions()).history({ ID: 'web' })
  t.same(
    Revisions.map(({ Revision, Active }) => [Revision, Active]),
    [
      [2, true],
      [1, false],
    ],
  )
  const keys = keysOf(after.Instances)
  t.equal(new Set(keys).size, 3)
  t.equal(made[1], made[0], 'the provision without an answer was asked for again under its key')
  t.equal(new Set(made).size, 3)
})

t.test('SIGTERM ends it with status 0, and its instances live on', async (t) => {
  const w = await world(t)
  const running = await w.start()
  await (await w.group()).commitGroup({ Spec: spec() })
  await w.converged()
  t.same(await running.end(), { code: 0, signal: null })
  t.equal(w.instance.instances.size, 3)
  t.notOk((await readdir(w.pluginsDir)).includes('group'))
})

t.test('a number too big for JavaScript comes back from the disk as it was committed', async (t) => {
  const w = await world(t)
  const first = await w.start()
  const text =
    '{"ID":"web","Properties":{"Allocation":{"Size":1},"Instance":{"Plugin":"memory","Properties":{"Serial":9223372036854775807,"__proto__":1.10}},"Flavor":{"Plugin":"plain"}}}'
  await (await w.group()).commitGroup({ Spec: parseJson(text) as never })
  await w.converged()
  await first.end('SIGKILL')
  await w.start()
  const { Groups } = await (await w.group()).inspectGroups({})
  t.match(stringifyJson(Groups), '"Serial":9223372036854775807,"__proto__":1.1')
  const [made] = [...w.instance.instances.values()]
  t.match(stringifyJson(made?.Spec.Properties), '9223372036854775807')
})

t.test('a state that cannot be read stops its group alone', async (t) => {
  const w = await world(t)
  const first = await w.start()
  const group = await w.group()
  await group.commitGroup({ Spec: spec() })
  await group.commitGroup({ Spec: { ...spec(), ID: 'other' } })
  await w.converged()
  await w.converged('other')
  await first.end('SIGKILL')
  const path = join(w.home, 'state', 'group', 'groups', 'web.json')
  const sound = await readFile(path, 'utf8')
  await writeFile(path, sound.slice(0, -20))
  const second = await w.start()
  await w.converged('other')
  const refused = { kind: 'conflict', message: /Group 'web' is left alone/ }
  await t.rejects((await w.group()).describeGroup({ ID: 'web' }), refused)
  await t.rejects((await w.group()).commitGroup({ Spec: spec('2') }), refused, 'and is not begun anew')
  t.equal(w.instance.instances.size, 6)
  await second.end()
  await writeFile(path, sound)
  await w.start()
  t.equal((await w.converged()).Instances.length, 3)
})

t.test('a missing plugin is named, and the commit changes nothing', async (t) => {
  const w = await world(t)
  await w.start()
  const group = await w.group()
  await t.rejects(group.commitGroup({ Spec: spec('1', { Instance: { Plugin: 'memori' } }) }), {
    kind: 'not-found',
    message: "Failed to find Instance plugin 'memori':plugin not found:memori",
    hint: /memory/,
  })
  await t.rejects(group.commitGroup({ Spec: spec('1', { Flavor: { Plugin: 'memory' } }) }), {
    kind: 'incompatible',
    message: /does not serve Flavor/,
  })
  t.equal((await group.inspectGroups({})).Groups, null)
})

t.test('an answer that makes no sense is a failure that is shown, and nothing is done for it', async (t) => {
  const w = await world(t)
  const odd = memoryInstance()
  const handlers = { ...odd.handlers, describeInstances: async () => ({ Descriptions: [{}] }) as never } as Instance
  await w.serve('odd', [offer(instanceInterface, handlers)])
  await w.start()
  const group = await w.group()
  await t.rejects(group.commitGroup({ Spec: spec('1', { Instance: { Plugin: 'odd' } }) }), {
    kind: 'plugin-failed',
    message: /malformed/,
  })
  t.notOk(odd.calls.includes('provision'))
})

t.test('parking needs an instance plugin that can stop', async (t) => {
  const w = await world(t)
  const simple = memoryInstance()
  await w.serve('simple', [offer(instanceInterface, simple.handlers)])
  await w.start()
  const group = await w.group()
  const Allocation = { Size: 2, State: 'stopped' }
  await t.rejects(group.commitGroup({ Spec: spec('1', { Allocation, Instance: { Plugin: 'simple' } }) }), {
    kind: 'incompatible',
    message: /cannot stop/,
  })
  await group.commitGroup({ Spec: spec('1', { Allocation: { Size: 2 } }) })
  await w.converged()
  await group.commitGroup({ Spec: spec('1', { Allocation }) })
  const description = await w.converged()
  t.equal(description.Status, 'parked')
  t.same(
    description.Instances.map(({ State }) => State),
    ['stopped', 'stopped'],
  )
})

t.test('what names stand for is resolved when the group is committed', async (t) => {
  const w = await world(t)
  const image = memoryInstance()
  const resolve = { resolve: async () => ({ Resolved: { Image: 'sha256:1' } }) }
  await w.serve('image', [offer(instanceInterface, image.handlers), offer(resolveInterface, resolve)])
  await w.start()
  await (
    await w.group()
  ).commitGroup({ Spec: spec('1', { Instance: { Plugin: 'image', Properties: { Image: 'a' } } }) })
  await w.converged()
  const [made] = [...image.instances.values()]
  t.same(made?.Spec.Properties, { Image: 'a', Resolved: { Image: 'sha256:1' } })
})

t.test('metadata shows specifications and groups', async (t) => {
  const w = await world(t)
  await w.start()
  await (await w.group()).commitGroup({ Spec: spec() })
  await w.converged()
  const metadata = await w.plugins.get(metadataInterface, 'group')
  const at = async (Path: string) => (await metadata.get({ Path })).Value
  t.same((await metadata.list({ Path: '.' })).Nodes, ['groups', 'specs'])
  t.equal(await at('specs/web/Properties/Allocation/Size'), 3)
  t.equal(await at('groups/web/Converged'), true)
  t.equal(await at('groups/nothing'), null)
})

t.test('callers whose time is over are refused', async (t) => {
  const w = await world(t)
  const first = await w.start()
  await (await w.plugins.get(fenceInterface, 'group')).raise({ Scope: 'app', Epoch: 7 })
  await first.end('SIGKILL')
  await w.start()
  const commit = async (Epoch: number) =>
    (await w.group()).commitGroup({ Spec: spec(), Fence: { Scope: 'app', Epoch } })
  await t.rejects(commit(6), { kind: 'conflict', message: /epoch/i })
  await commit(7)
  t.equal((await w.converged()).Instances.length, 3)
})

t.test('what it does can be followed as events', async (t) => {
  const w = await world(t)
  await w.start()
  const client = await w.plugins.client('group')
  const closing = new AbortController()
  t.teardown(() => closing.abort())
  const messages: string[] = []
  const connected = new Promise<void>((resolve) => {
    const event = ({ Message }: { Message: string }) => void messages.push(Message)
    client.subscribe('group/web', { connected: resolve, event, signal: closing.signal })
  })
  await connected
  await (await w.group()).commitGroup({ Spec: spec('1', { Allocation: { Size: 1 } }) })
  await waitUntil('the end of it', () => messages.includes('Group web has converged'))
  t.match(messages[0], /^Created instance i-0001: there are too few$/)
})
