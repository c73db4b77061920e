import t from 'tap'
import { compareReplies } from './support/compare.js'
import { expectDeviations, readDeviations } from './support/deviations.js'
import { worldSwitch } from './support/enter-world.js'
import { isOurPlugin, startKit, type Kit } from './support/kit.js'
import {
  messageOf,
  nameOf,
  readExchanges,
  resultOf,
  versions,
  type Exchange,
  type RawReply,
} from './support/recording.js'
import { createIdMap, recordedFolder, withFolder } from './support/translate.js'
import { worldOf } from './support/world.js'

/** What was recorded of interfaces and plugins that are not ours, and how much of it there is. */
const notServed: Record<string, Record<string, number>> = {
  'v0.1.0.json': { 'flavor-zookeeper': 2 },
  'v0.4.1.json': { 'flavor-zookeeper': 2 },
  'v0.5.json': { 'event-time': 1, 'flavor-swarm': 2, 'flavor-zookeeper': 2 },
  'HEAD.json': {
    'Controller.*': 2,
    'Manager.*': 6,
    'Updatable.*': 4,
    inventory: 2,
    simulator: 9,
    time: 2,
    vars: 4,
  },
}

/** The plugin of ours that stands for a recorded one. */
function ours(plugin: string): string {
  return plugin === 'group-stateless' ? 'group' : plugin
}

/** Under what an exchange is counted as not served; `undefined` when it is replayed. */
function notServedAs({ plugin, request }: Exchange): string | undefined {
  if (!isOurPlugin(ours(plugin))) return plugin
  const prefix = messageOf(request)?.method.split('.')[0] ?? ''
  return ['Controller', 'Manager', 'Updatable', 'L4'].includes(prefix) ? `${prefix}.*` : undefined
}

/** Our answer with the recorded folder and, if the call made an instance, its recorded ID. */
function translated(reply: RawReply, kit: Kit, recorded: string): RawReply {
  const ids = createIdMap()
  const [then, now] = [resultOf(recorded)?.ID, resultOf(reply.body)?.ID]
  if (typeof then === 'string' && typeof now === 'string') ids.link(then, now)
  const folder = recordedFolder(recorded) ?? kit.instances
  return { ...reply, body: withFolder(ids.toRecorded(reply.body), kit.instances, folder) }
}

t.test('every recorded exchange is answered as the original did, or is a deviation with a reason', async (t) => {
  const deviations = readDeviations()
  const kit = await startKit(t, ['group', 'instance-file', 'flavor-vanilla', 'flavor-combo'])
  const world = worldSwitch(kit)

  for (const version of versions) {
    await t.test(version, async (t) => {
      const exchanges = readExchanges(version)
      const file = `${version}.json`
      const expected = expectDeviations(deviations, file)
      const counts: Record<string, number> = {}

      for (const exchange of exchanges) {
        const { index, name, plugin, request, response } = exchange
        const other = notServedAs(exchange)
        if (other !== undefined) {
          counts[other] = (counts[other] ?? 0) + 1
          t.notOk(expected.covers(exchange), `${index} ${name} of ${plugin} is not served and no deviation`)
          continue
        }
        await world.enter(worldOf(version, exchange), nameOf(request))
        const reply = translated(await kit.send(ours(plugin), request), kit, response.body)
        const unexpected = expected.unexpected(exchange, compareReplies(response, reply))
        t.same(
          unexpected.map(({ detail }) => detail),
          [],
          `${index} ${name} of ${plugin}`,
        )
      }

      t.same(counts, notServed[file], 'what is not served is counted')
      t.same(expected.unneeded(), [], 'every deviation is needed')
    })
  }
})

t.test('every deviation belongs to a recording and says why', async (t) => {
  const files = versions.flatMap((version) => [`${version}.json`, `sessions/${version}.jsonl`])
  for (const { file, name, differs, reason } of readDeviations()) {
    t.ok(files.includes(file), `${file} is recorded`)
    t.ok(differs.length > 0 && /^\S.{9,}$/.test(reason), `${file} ${name}: ${reason}`)
  }
})
