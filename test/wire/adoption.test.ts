import t from 'tap'
import type { GroupSpec, InstanceDescription } from '@infrakit/spi'
import { clearWorld } from './support/enter-world.js'
import { startKit, type Kit } from './support/kit.js'
import { messageOf, readExchanges, readSession, resultOf, versions, type Version } from './support/recording.js'
import { fileOf, type InstanceFile } from './support/world.js'

/** The five instances of the session's group as that release left them, with what it had been asked to make. */
function recordedFleet(version: Version): InstanceFile[] {
  for (const { name, response } of readExchanges(version)) {
    const listed = resultOf(response.body)?.Descriptions as InstanceDescription[] | undefined
    if (name === 'Instance.DescribeInstances' && listed?.length === 5) return listed.map(fileOf)
  }
  throw new Error(`no five instances were described at ${version}`)
}

function recordedSpec(version: Version): GroupSpec {
  const commits = readSession(version).map(({ request }) => messageOf(request))
  return commits.find((message) => message?.method === 'Group.CommitGroup')?.params.Spec as GroupSpec
}

/** Leaves just these instances, and no group. */
async function enter(kit: Kit, fleet: readonly InstanceFile[]): Promise<void> {
  await clearWorld(kit)
  for (const file of fleet) await kit.putFile(file.ID, file)
}

function contents(kit: Kit, fleet: readonly InstanceFile[]): Promise<string[]> {
  return Promise.all(fleet.map(({ ID }) => kit.readFile(ID)))
}

/** Commits, waits until whoever would roll has rolled, and answers what the commit said. */
async function adopt(kit: Kit, spec: GroupSpec): Promise<unknown> {
  const { Details } = await kit.call('group', 'Group.CommitGroup', { Spec: spec, Pretend: false })
  await kit.settled()
  return Details
}

t.test('instances made by the original', async (t) => {
  const kit = await startKit(t, ['group', 'instance-file', 'flavor-vanilla'])

  for (const version of versions) {
    await t.test(`a fleet made by ${version} is adopted as it is`, async (t) => {
      const fleet = recordedFleet(version)
      await enter(kit, fleet)
      const before = await contents(kit, fleet)

      t.equal(await adopt(kit, recordedSpec(version)), 'Managing 5 instances')
      t.same(await kit.files(), fleet.map(({ ID }) => ID).sort(), 'no instance was made or destroyed')
      t.same(await contents(kit, fleet), before, 'no file was touched')
      const again = await kit.call('group', 'Group.CommitGroup', { Spec: recordedSpec(version), Pretend: true })
      t.equal(again.Details, 'Noop')
    })
  }

  await t.test('a fleet to which every release has contributed is adopted as it is', async (t) => {
    const fleet = versions.flatMap((version) => recordedFleet(version).slice(0, 2))
    const spec = recordedSpec('v0.5')
    await enter(kit, fleet)
    const eight = { ...spec, Properties: { ...(spec.Properties as object), Allocation: { Size: 8 } } }

    t.equal(await adopt(kit, eight), 'Managing 8 instances')
    t.same(await kit.files(), fleet.map(({ ID }) => ID).sort())
  })

  await t.test('control: a fleet of another configuration is rolled', async (t) => {
    for (const version of versions) {
      const fleet = recordedFleet(version).map((file) => ({ ...file, Tags: { ...file.Tags } }))
      for (const { Tags } of fleet) {
        for (const name of Object.keys(Tags)) if (/config/.test(name)) Tags[name] = `x${Tags[name]?.slice(1)}`
      }
      await enter(kit, fleet)
      t.equal(
        await adopt(kit, recordedSpec(version)),
        'Managing 5 instances, then performing a rolling update on 5 instances',
        version,
      )
      const old = fleet.map(({ ID }) => ID)
      t.same(
        (await kit.files()).filter((id) => old.includes(id)),
        [],
        'none of the old instances is left',
      )
    }
  })

  await t.test('an instance that waits for adoption gets the current hash, whatever else it carries', async (t) => {
    const [spare, ...fleet] = recordedFleet('HEAD')
    if (!spare) throw new Error('nothing was recorded')
    const waiting = { ...spare, Tags: { 'infrakit.group': 'cattle', 'infrakit.config_sha': 'bootstrap', mine: 'kept' } }
    await enter(kit, [waiting, ...fleet])

    t.equal(await adopt(kit, recordedSpec('HEAD')), 'Managing 5 instances')
    const { Tags } = JSON.parse(await kit.readFile(spare.ID)) as { Tags: Record<string, string> }
    t.match(Tags, { mine: 'kept', 'infrakit.config_sha': /^[a-z2-7]{32}$/ })
  })
})
