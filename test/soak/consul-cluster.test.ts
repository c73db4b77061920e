import { createConsulRegistry } from '@infrakit/registry-consul'
import { createEventHub } from '@infrakit/rpc'
import { linkedConsul, untilWritable, type LinkedConsul } from '@infrakit/testing/consul'
import { skipFor, waitUntil } from '@infrakit/testing'
import t, { type Test } from 'tap'
import { contradictions, Contender, Watcher, Writer, type Belief } from './consul/witness.js'
import { figure, soaked } from './soak.js'

const log = { warn: () => undefined, info: () => undefined }

function open(t: Test, addresses: readonly string[], onKey?: (key: string) => void) {
  const settings = { addresses, prefix: 'infrakit', timeoutMs: 10_000 }
  const events = createEventHub()
  if (onKey) events.subscribe('registry/keys', ({ ID }) => onKey(ID))
  const { registry, stop } = createConsulRegistry({ settings, log, events })
  t.teardown(stop)
  return registry
}

async function isLeader({ address }: LinkedConsul): Promise<boolean> {
  const answer = await fetch(`${address}/v1/agent/self`, { signal: AbortSignal.timeout(2000) })
  return ((await answer.json()) as { Stats: { consul: { leader: string } } }).Stats.consul.leader === 'true'
}

async function split(servers: readonly LinkedConsul[]): Promise<{ leader: LinkedConsul; follower: LinkedConsul }> {
  return waitUntil(
    'a leader',
    async () => {
      const leads = await Promise.all(servers.map((one) => isLeader(one)))
      const [leader, follower] = [servers[leads.indexOf(true)], servers[leads.indexOf(false)]]
      return leader && follower && { leader, follower }
    },
    60_000,
  )
}

/** What an agent believes to be the leader; nothing when it knows none. Rejects when it does not answer. */
async function leaderOf({ address }: LinkedConsul): Promise<unknown> {
  return (await fetch(`${address}/v1/status/leader`, { signal: AbortSignal.timeout(500) })).json()
}

/** Control: the cut is one. The server itself knows no leader any more, or cannot be asked. */
async function isLost(server: LinkedConsul): Promise<void> {
  const leads = () =>
    leaderOf(server).then(
      (leader) => leader !== '',
      () => false,
    )
  await waitUntil('a server to be lost', async () => !(await leads()), 60_000)
}

/**
 * Resolves once every server votes, and knows the leader. A server that was lost is soon taken out of the vote, and is let in
 * again when it has been back for a while: until then Consul does not survive another loss.
 */
async function untilWhole(servers: readonly LinkedConsul[]): Promise<void> {
  const votersAt = async ({ address }: LinkedConsul) => {
    const asked = await fetch(`${address}/v1/operator/raft/configuration`, { signal: AbortSignal.timeout(8000) })
    const { Servers } = (await asked.json()) as { Servers: { Voter: boolean }[] }
    return Servers.filter(({ Voter }) => Voter).length
  }
  const isWhole = async () => (await Promise.all(servers.map(votersAt))).every((voters) => voters === servers.length)
  await waitUntil('all servers to vote', isWhole, 90_000)
}

interface Load {
  /** Resolves once every writer had some writes acknowledged. */
  goesOn(): Promise<void>
  /** Resolves once every writer was refused, or had some acknowledged. */
  isNoticed(): Promise<void>
}

type Happens = (servers: readonly LinkedConsul[], load: Load) => Promise<void>

/** A server is cut off: from everybody, or from the other servers, while clients still reach it. */
function cutOff(which: 'leader' | 'follower', how: 'cut' | 'cutFromOthers'): Happens {
  return async (servers, { goesOn }) => {
    const { [which]: server } = await split(servers)
    server[how]()
    await isLost(server)
    await goesOn()
    await server.join()
  }
}

/** What happens to the servers; each resolves once it has happened and all run again. */
const events: Readonly<Record<string, Happens>> = {
  async 'the leader is killed'(servers, { goesOn }) {
    const { leader } = await split(servers)
    await leader.end('SIGKILL')
    await goesOn()
    await leader.start()
  },
  'a follower is cut off from the other servers, and still answers': cutOff('follower', 'cutFromOthers'),
  async 'all are restarted'(servers, { isNoticed }) {
    await Promise.all(servers.map((one) => one.end('SIGTERM')))
    await isNoticed()
    await Promise.all(servers.map((one) => one.start()))
  },
}

/** What takes longer, as nothing comes back and every call waits for its time to be over. */
const slowEvents: typeof events = {
  'the leader is cut off from the other servers, and still answers': cutOff('leader', 'cutFromOthers'),
  'the leader is cut off from everybody': cutOff('leader', 'cut'),
  'a follower is cut off from everybody': cutOff('follower', 'cut'),
  async 'the leader freezes'(servers, { goesOn }) {
    const { leader } = await split(servers)
    leader.pause()
    await isLost(leader)
    await goesOn()
    leader.goOn()
  },
}

const rounds = soaked(1, 3)
const happening = Object.entries({ ...events, ...soaked({}, slowEvents) })
const skip = skipFor(['consul', 'ip', 'nsenter'])

t.setTimeout(soaked(300_000, 3_600_000))

t.test('three servers, killed, cut off and restarted', { skip }, async (t) => {
  const servers = await linkedConsul(t, 3)
  const addresses = servers.map(({ address }) => address)
  const turned = (places: number) => [...addresses.slice(places), ...addresses.slice(0, places)]
  const watcher: { current?: Watcher } = {}
  const watching = open(t, turned(2), (key) => watcher.current?.told(key))
  const looking = (watcher.current = new Watcher(watching))
  const writers = [0, 1].map((place) => new Writer(open(t, turned(place)), `writer-${place}`))
  const contenders = [0, 1].map((place) => new Contender(open(t, turned(place)), `owner-${place}`))
  const over = new AbortController()
  t.teardown(() => over.abort())
  const write = async (writer: Writer) => {
    while (!over.signal.aborted) {
      await writer.write()
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
  const working = [...writers.map(write), ...contenders.map((one) => one.compete(over.signal))]
  const load = (countsRefusals: boolean) => async () => {
    const before = writers.map(({ acknowledged, refusals }) => ({ acknowledged: acknowledged.size, refusals }))
    const isSo = (writer: Writer, index: number) => {
      const { acknowledged = 0, refusals = 0 } = before[index] ?? {}
      return writer.acknowledged.size > acknowledged + 5 || (writer.refusals > refusals && countsRefusals)
    }
    const refused = () => new Error(writers.map((one) => one.refused).join('; '))
    await waitUntil('all writers to go on', () => writers.every(isSo) || Promise.reject(refused()), 90_000)
  }
  const [goesOn, isNoticed] = [load(false), load(true)]
  for (let round = 0; round < rounds; round++) {
    for (const [what, happen] of happening) {
      t.comment(`${round}: ${what}`)
      await untilWhole(servers)
      await happen(servers, { goesOn, isNoticed })
      await goesOn()
    }
  }
  over.abort()
  await Promise.all(working)
  for (const one of servers) await untilWritable(one)

  const { Entries } = await open(t, addresses).list({ Prefix: '' })
  const found = new Map(Entries.map(({ Key, Version }) => [Key, Version]))
  const acknowledged = writers.flatMap((one) => [...one.acknowledged])
  const lost = acknowledged.filter(([key, version]) => found.get(key) !== version)
  t.same(lost, [], `none of ${acknowledged.length} acknowledged writes was lost`)
  const beliefs = contenders.flatMap((one) => one.beliefs)
  t.same(contradictions(beliefs), [], `of ${beliefs.length} leases no two at once`)
  t.ok(beliefs.length > 0)
  const guarded = contenders.flatMap((one) => one.guarded).sort((a, b) => a.version - b.version)
  const late = guarded.filter(({ epoch }, index) => epoch < (guarded[index - 1]?.epoch ?? 0))
  t.same(late, [], `none of ${guarded.length} guarded writes came after one of a later holder`)
  const unseen = () => looking.missed(Entries.filter(({ Key }) => Key.startsWith('log/')))
  await waitUntil('the watcher to have seen all', async () => (await unseen()).length === 0, 60_000)
  figure('Consul servers killed, cut off, frozen, restarted: events', rounds * happening.length)
  figure('… acknowledged writes, lost', `${acknowledged.length}, ${lost.length}`)
  figure('… leases held, two at once', `${beliefs.length}, 0`)
})

t.test('control: what would be wrong is noticed', async (t) => {
  const belief = (owner: string, epoch: number, from: number, until: number): Belief => ({ owner, epoch, from, until })
  t.same(contradictions([belief('a', 1, 0, 10), belief('b', 2, 10, 20)]), [])
  t.equal(contradictions([belief('a', 1, 0, 11), belief('b', 2, 10, 20)]).length, 1, 'two at once')
  t.equal(contradictions([belief('a', 2, 0, 10), belief('b', 1, 10, 20)]).length, 1, 'an epoch of the past')
  const registry = { get: async () => ({ Entry: { Key: 'a', Value: 'old', Version: 1 } }) }
  const watcher = new Watcher(registry as never)
  watcher.told('a')
  t.same(await watcher.missed([{ Key: 'a', Value: 'new' }]), ['a'], 'a change that was not told')
})
