import t from 'tap'
import { compareBodies, type Difference } from './support/compare.js'
import { expectDeviations, readDeviations, type Expected } from './support/deviations.js'
import { clearWorld } from './support/enter-world.js'
import { isOurPlugin, startKit, type Kit } from './support/kit.js'
import { linkMembers } from './support/link-instances.js'
import { followInstances } from './support/recorded-instances.js'
import {
  nameOf,
  readSession,
  resultOf,
  sessionFile,
  versions,
  type SessionCall,
  type Version,
} from './support/recording.js'
import { createIdMap, recordedFolder, withFolder, withOurHashes } from './support/translate.js'

type Check = Pick<typeof t, 'same' | 'ok'>

interface Session {
  readonly version: Version
  readonly calls: readonly SessionCall[]
  readonly expected: Expected
}

/** The group plugin of a session. At HEAD the one called `group` is the manager, which is not ours. */
function groupPlugin(version: Version): string {
  return version === 'HEAD' ? 'group-stateless' : 'group'
}

function unexpectedIn({ version, expected }: Session, { index, request }: SessionCall, differences: Difference[]) {
  const at = { file: sessionFile(version), name: nameOf(request), index }
  return expected.unexpected(at, differences).map(({ detail }) => detail)
}

function isGroupChange(request: SessionCall['request']): boolean {
  return /^Group\.(CommitGroup|SetSize|DestroyInstances)$/.test(nameOf(request))
}

/** Undoes what the original refused and we did: commits again what was in force before. */
async function undo(kit: Kit, before: readonly { ID: string; Properties: unknown }[]): Promise<void> {
  for (const Spec of before) await kit.call('group', 'Group.CommitGroup', { Spec, Pretend: false })
}

/** Sends what the session's client sent to the group plugin, once everything has settled that went before. */
async function replayClient(t: Check, kit: Kit, session: Session): Promise<void> {
  const { version, calls } = session
  const recorded = followInstances()
  const ids = createIdMap()
  let replayed = 0

  for (const call of calls) {
    for (const id of recorded.vanishedBefore(call)) {
      const live = ids.live(id)
      if (live === undefined) throw new Error(`${id} vanished and had never been described`)
      await kit.removeFile(live)
    }
    if (call.plugin !== groupPlugin(version)) continue
    await kit.settled()
    const before = await kit.groups()
    const reply = await kit.send('group', { ...call.request, body: ids.toLive(call.request.body) })
    linkMembers(ids, call.response, reply.body)
    const differences = compareBodies(withOurHashes(call.response), ids.toRecorded(reply.body))
    t.same(unexpectedIn(session, call, differences), [], `${call.index} ${nameOf(call.request)}`)
    // Which of the members that are all alike go is each side's own choice.
    if (/^Terminating/.test(String(resultOf(call.response)?.Details))) ids.forget()
    const done = resultOf(reply.body) !== undefined
    if (done && !resultOf(call.response) && isGroupChange(call.request)) await undo(kit, before)
    if (done && nameOf(call.request) === 'Group.DestroyGroup') {
      await kit.settled()
      t.same(await kit.files(), [], 'no instance is left of the destroyed group')
    }
    replayed++
  }
  t.ok(replayed >= 20, `${replayed} calls were replayed`)
}

/** Sends what the session's group plugin, and its client, sent to instance and flavor plugins. */
async function replayPlugins(t: Check, kit: Kit, session: Session): Promise<void> {
  const recorded = followInstances()
  const ids = createIdMap()
  const counts = new Map<string, number>()

  for (const call of session.calls) {
    for (const id of recorded.vanishedBefore(call)) await kit.removeFile(ids.live(id) ?? '')
    if (!isOurPlugin(call.plugin) || call.plugin === 'group') continue
    const { body: reply } = await kit.send(call.plugin, { ...call.request, body: ids.toLive(call.request.body) })
    const name = nameOf(call.request)
    const [made, madeLive] = [resultOf(call.response)?.ID, resultOf(reply)?.ID]
    if (name === 'Instance.Provision' && made && madeLive) ids.link(String(made), String(madeLive))
    const folder = recordedFolder(call.response) ?? kit.instances
    const body = withFolder(ids.toRecorded(reply), kit.instances, folder)
    t.same(
      unexpectedIn(session, call, compareBodies(call.response, body)),
      [],
      `${call.index} ${name} of ${call.plugin}`,
    )
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  for (const name of ['Instance.Provision', 'Instance.Destroy', 'Instance.DescribeInstances', 'Flavor.Drain']) {
    t.ok((counts.get(name) ?? 0) > 5, `${name} was replayed ${counts.get(name)} times`)
  }
}

t.test('the recorded sessions', async (t) => {
  const deviations = readDeviations()
  const kit = await startKit(t, ['group', 'instance-file', 'flavor-vanilla', 'flavor-combo'])

  for (const version of versions) {
    const expected = expectDeviations(deviations, sessionFile(version))
    const session = { version, calls: readSession(version), expected }

    await t.test(`${version}: our group plugin answers the client of the session as the original did`, async (t) => {
      await clearWorld(kit)
      await replayClient(t, kit, session)
    })
    await t.test(`${version}: our instance and flavor plugins answer the original's group plugin`, async (t) => {
      await clearWorld(kit)
      await replayPlugins(t, kit, session)
    })
    await t.test(`${version}: every deviation is needed`, async (t) => {
      t.same(expected.unneeded(), [])
    })
  }
})
