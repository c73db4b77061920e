import t from 'tap'
import type { InstanceDescription } from '@infrakit/spi'
import { waitUntil } from '@infrakit/testing'
import { lacks, recordedFields } from './support/fields.js'
import { goClient } from './support/go-client.js'
import { startKit, type Kit } from './support/kit.js'
import { oldInstances, oldVanilla, type OldInstances } from './support/old-instance.js'
import { startOldPlugin, type OldPlugin } from './support/old-plugin.js'
import { messageOf, readSession, versions, type Message, type Version } from './support/recording.js'

interface Properties {
  readonly Allocation: { readonly Size?: number }
  readonly Instance: { readonly Properties: { readonly Note: string } }
}

/** The specification that the recorded session committed first with that size. */
function recordedSpec(version: Version, size: number): { ID: string; Properties: Properties } {
  for (const { request } of readSession(version)) {
    const message = messageOf(request)
    const spec = message?.params.Spec as { ID: string; Properties: Properties } | undefined
    if (message?.method === 'Group.CommitGroup' && spec?.Properties.Allocation.Size === size) return spec
  }
  throw new Error(`no group of ${size} was committed at ${version}`)
}

async function commit(kit: Kit, Spec: { ID: string; Properties: object }): Promise<unknown> {
  const { Details } = await kit.call('group', 'Group.CommitGroup', { Spec, Pretend: false })
  return Details
}

async function petsOf(kit: Kit): Promise<unknown[]> {
  return (await kit.describeGroup('pets')).Instances.map(({ LogicalID }) => LogicalID).sort()
}

function notes({ instances }: OldInstances): string[] {
  return [...instances.values()].map(({ spec }) => String((spec.Properties as { Note?: unknown }).Note))
}

/** What an era's plugin could not have understood, or would have missed, in what it was sent. */
function complaints(version: Version, { calls, unanswered }: OldPlugin, methods: object): string[] {
  const fields = recordedFields(version)
  const handshake = ({ method }: Message) => /^(Plugin|Handshake)\./.test(method)
  const unknown = calls.filter((call) => !handshake(call) && !Object.hasOwn(methods, call.method))
  const lacking = calls
    .filter(({ method }) => Object.hasOwn(methods, method) && method !== 'Instance.Label')
    .flatMap(({ method, params }) => lacks(params, fields(method)).map((text) => `${method}: ${text}`))
  return [...new Set([...unanswered, ...unknown.map(({ method }) => `${method} is not known`), ...lacking])]
}

for (const version of versions) {
  t.test(`our group plugin drives plugins of ${version}`, async (t) => {
    const kit = await startKit(t, ['group'])
    const sick = new Set<string>()
    const world = oldInstances(version)
    const vanilla = oldVanilla(version, sick)
    const { instances } = world
    const instance = await startOldPlugin(t, kit.socket('instance-file'), version, 'instance-file', world.methods)
    const flavor = await startOldPlugin(t, kit.socket('flavor-vanilla'), version, 'flavor-vanilla', vanilla)
    const five = recordedSpec(version, 5)

    t.equal(await commit(kit, five), 'Managing 5 instances', 'watch')
    await kit.settled()
    t.equal(instances.size, 5)

    const [lost = ''] = instances.keys()
    instances.delete(lost)
    await kit.settled()
    t.equal(instances.size, 5, 'a lost instance is replaced')

    const ten = recordedSpec(version, 10)
    const details =
      'Performing a rolling update on 5 instances, then adding 5 instances to increase the group size to 10'
    t.equal(await commit(kit, ten), details, 'update')
    await kit.settled()
    t.same(notes(world), Array(10).fill(ten.Properties.Instance.Properties.Note))

    await commit(kit, recordedSpec(version, 3))
    await kit.settled()
    t.equal(instances.size, 3, 'scale down')

    const Allocation = { LogicalIDs: ['10.0.0.1', '10.0.0.2'] }
    const Healing = { Interval: '100ms', UnhealthyAfter: 2 }
    await commit(kit, { ID: 'pets', Properties: { ...five.Properties, Allocation, Healing } })
    await kit.settled()
    t.same(await petsOf(kit), Allocation.LogicalIDs, 'pets')

    const ill = (await kit.describeGroup('pets')).Instances[0]?.ID ?? ''
    sick.add(ill)
    await waitUntil('the unhealthy instance to be gone', () => !instances.has(ill), 30_000)
    await kit.settled()
    t.same(await petsOf(kit), Allocation.LogicalIDs, 'an unhealthy instance is replaced under its identity')

    for (const ID of ['cattle', 'pets']) await kit.call('group', 'Group.DestroyGroup', { ID })
    await kit.settled()
    t.equal(instances.size, 0, 'destroy')

    t.same(complaints(version, instance, world.methods), [], 'the instance plugin understood all that it was sent')
    t.same(complaints(version, flavor, vanilla), [], 'the flavor plugin understood all that it was sent')
    const asked = new Set([...instance.calls, ...flavor.calls].map(({ method }) => method))
    for (const method of [
      'Instance.Provision',
      'Instance.Destroy',
      'Flavor.Prepare',
      'Flavor.Healthy',
      'Flavor.Drain',
    ]) {
      t.ok(asked.has(method), `${method} was called`)
    }
  })

  t.test(`an instance that waits for adoption is kept on a plugin of ${version}`, async (t) => {
    const kit = await startKit(t, ['group'])
    const world = oldInstances(version)
    await startOldPlugin(t, kit.socket('instance-file'), version, 'instance-file', world.methods)
    await startOldPlugin(t, kit.socket('flavor-vanilla'), version, 'flavor-vanilla', oldVanilla(version, new Set()))
    const tags = { 'infrakit.group': 'cattle', 'infrakit.config_sha': 'bootstrap' }
    world.instances.set('instance-1', { spec: {}, tags })

    await commit(kit, recordedSpec(version, 5))
    await waitUntil('five instances', async () => (await kit.describeGroup('cattle')).Instances.length === 5, 30_000)
    if (version === 'v0.1.0') {
      // That era cannot label; the instance stays what it is.
      t.equal(world.instances.get('instance-1')?.tags['infrakit.config_sha'], 'bootstrap')
    } else {
      await kit.settled()
      t.not(world.instances.get('instance-1')?.tags['infrakit.config_sha'], 'bootstrap', 'it is labelled')
    }
    t.ok(world.instances.has('instance-1'))
    t.equal(world.instances.size, 5)
  })
}

t.test('clients of every era use our plugins', async (t) => {
  const kit = await startKit(t, ['group', 'instance-file', 'flavor-vanilla', 'flavor-combo'])
  for (const version of versions) {
    await t.test(`a client of ${version}`, async (t) => {
      const client = goClient(kit, version)

      t.ok(await client.accepts('instance-file', 'Instance'), 'it accepts our instance-file')
      t.ok(await client.accepts('flavor-vanilla', 'Flavor'), 'it accepts our flavor-vanilla')
      t.ok(await client.accepts('flavor-combo', 'Flavor'), 'it accepts our flavor-combo')
      t.ok(await client.accepts('group', 'Group'), 'it accepts our group')
      t.notOk(await client.accepts('flavor-vanilla', 'Instance'), 'it does not take a flavor for an instance plugin')

      const ofGroup = (params: Record<string, unknown>) => JSON.stringify(params.Tags) === '{"infrakit.group":"cattle"}'
      const cattle = { choose: ofGroup }
      const list = async () => {
        const { result } = await client.send('instance-file', 'Instance.DescribeInstances', cattle)
        return result?.Descriptions as InstanceDescription[]
      }
      t.same((await client.send('instance-file', 'Instance.Validate')).differences, [])
      t.same(await list(), [], 'nothing is there')
      const { result: made, request } = await client.send('instance-file', 'Instance.Provision')
      const { Spec } = messageOf(request)?.params as { Spec: { Tags: object } }
      const [description, ...others] = await list()
      t.same(others, [])
      t.match(made, { ID: /^instance-\d+$/ })
      t.match(description, { ID: made?.ID, LogicalID: null, Tags: Spec.Tags })

      const edit = (text: string) => text.replace(/instance-\d+/, String(made?.ID))
      if (version !== 'v0.1.0') {
        t.same((await client.send('instance-file', 'Instance.Label', { edit })).differences, [])
        t.match((await list())[0]?.Tags, { new: /^(1|label)$/, ...Spec.Tags })
      }
      const one = (params: Record<string, unknown>) => params.Instance !== 'nosuch'
      t.same((await client.send('instance-file', 'Instance.Destroy', { choose: one, edit })).differences, [])
      t.same(await list(), [], 'nothing is there any more')
    })
  }
})
