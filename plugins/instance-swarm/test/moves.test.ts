import type { InstanceDescription, Unreachable } from '@infrakit/spi'
import { tag } from '@infrakit/spi'
import { waitUntil } from '@infrakit/testing'
import t from 'tap'
import { needsSwarm, serve, testSwarm, waits, type Served, type Shown } from './support.js'

interface Seen {
  readonly Descriptions: readonly InstanceDescription[]
  readonly Unreachable: readonly Unreachable[]
}

const hostOf = ({ Properties }: InstanceDescription) => (Properties as Shown).Host

/** Where each instance is, by its ID. */
async function places({ list }: Served): Promise<Map<string, string>> {
  return new Map((await list()).map((one) => [one.ID, hostOf(one) ?? '']))
}

/** Looks again and again, as a group does, and keeps what was seen; a look that fails is none. */
function observe({ instance }: Served, wanted: Record<string, string>) {
  const seen: Seen[] = []
  const failures: unknown[] = []
  let over = false
  const looking = (async () => {
    while (!over) {
      try {
        const { Descriptions, Unreachable } = await instance.describeInstances({ Tags: wanted, Properties: true })
        seen.push({ Descriptions, Unreachable: Unreachable ?? [] })
      } catch (error) {
        failures.push(error)
      }
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  })()
  return {
    failures,
    async end(): Promise<readonly Seen[]> {
      over = true
      await looking
      return seen
    },
  }
}

t.test('a swarm of three engines', { ...needsSwarm, timeout: 240_000 }, async (t) => {
  const swarm = await testSwarm(t, 3)
  const { engines, first, image } = swarm
  const ids = engines.map(({ docker }) => docker('info', '--format', '{{.ID}}'))
  t.equal(new Set(ids).size, 3, 'three engines, and not one of them thrice')
  const plugin = await serve(t, swarm)
  const Tags = { [tag.group]: 'moving' }
  const properties = { image, command: waits, stop_grace_period: '1s', ports: [80] }
  const made = await Promise.all(Array.from({ length: 6 }, () => plugin.make(properties, { Tags })))
  const before = await places(plugin)
  t.same([...new Set(before.values())].sort(), ['node-1', 'node-2', 'node-3'], 'they are spread over the nodes')
  for (const id of made) {
    const engine = engines.find(({ hostname }) => hostname === before.get(id))
    t.equal((await plugin.endpoints(id))[0]?.Host, engine?.address, 'endpoints have the address of the node')
  }

  /** What is on a node until it is lost must never look gone, and comes back elsewhere. */
  async function loses(node: string, lose: () => unknown, what: string): Promise<void> {
    const was = await places(plugin)
    const concerned = made.filter((id) => was.get(id) === node)
    t.ok(concerned.length > 0, `${what}: ${node} has ${concerned.length} of them`)
    const observation = observe(plugin, Tags)
    await lose()
    const moved = async () => {
      const now = await places(plugin)
      return made.every((id) => now.has(id) && now.get(id) !== '' && now.get(id) !== node) && now
    }
    const now = await waitUntil(`all of ${node} to be elsewhere`, moved, 90_000)
    const seen = await observation.end()
    const isThere = (id: string, { Descriptions }: Seen) => Descriptions.some(({ ID }) => ID === id)
    const isUnknown = (id: string, { Unreachable }: Seen) => Unreachable.some(({ Host }) => Host === was.get(id))
    // Whether a slow manager is lost, too, is for the swarm to say: what is there may be unknown as well, and never gone.
    const gone = seen.filter((look) => made.some((id) => !isThere(id, look) && !isUnknown(id, look)))
    t.same(gone, [], `${what}: none of them was ever gone`)
    const absent = seen.filter((look) => concerned.some((id) => !isThere(id, look)))
    // Control: who does not read Unreachable would have seen them go.
    t.ok(absent.length > 0, `${what}: in ${absent.length} of ${seen.length} looks they were unknown`)
    t.ok(
      seen.every(({ Descriptions }) => Descriptions.every(({ State }) => !State)),
      `${what}: none has failed`,
    )
    const others = made.filter((id) => !concerned.includes(id) && now.get(id) !== was.get(id))
    for (const id of concerned) t.comment(`${what}: ${id} moved from ${node} to ${now.get(id)}`)
    const failed = observation.failures.length
    t.comment(
      `${what}: ${seen.length} looks, ${absent.length} with unknown ones, ${failed} that the swarm did not answer; ${others.length} of other nodes moved`,
    )
  }

  await t.test('a node that is cut off', async (t) => {
    const third = engines[2]
    if (!third) return t.fail('a third engine')
    await loses('node-3', () => third.cut(), 'cut off')
    const running = () =>
      third.docker('ps', '-q', '--filter', 'label=infrakit.instance-swarm').split('\n').filter(Boolean)
    t.ok(running().length > 0, 'they run on there, and nobody knows')
    third.join()
    await waitUntil('what ran there to end', () => running().length === 0, 60_000)
    t.same([...(await places(plugin)).keys()].sort(), [...made].sort(), 'the same six, and no seventh')
  })

  await t.test('the leader is killed', async (t) => {
    const leader = first.docker('node', 'ls', '--format', '{{.Hostname}} {{.ManagerStatus}}')
    t.match(leader, /^node-1 Leader$/m)
    await loses('node-1', () => first.end('SIGKILL'), 'leader killed')
    const id = await plugin.make(properties, { Tags })
    t.match((await places(plugin)).get(id), /^node-[23]$/, 'another one is made by a new leader')
    await plugin.instance.destroy({ Instance: id })
  })

  await t.test('no leader any more: nothing is known, and that is said', async (t) => {
    await engines[1]?.end('SIGKILL')
    // When the one that is left leads, it answers until it has missed the others for an election's time.
    const refusal = () =>
      plugin.instance.describeInstances({}).then(
        () => undefined,
        (error: unknown) => error,
      )
    const refused = await waitUntil('a describe to be refused', refusal, 60_000)
    t.match(refused, { kind: 'unavailable', hint: /More than half of the managers/ })
  })
})
