import { connect, type Engine } from '@infrakit/docker'
import { rejection, temporaryFolder } from '@infrakit/testing'
import { docker, needsDocker, testImage, unique } from '@infrakit/testing/engine'
import t, { type Test } from 'tap'
import { openHost } from '../src/flags.js'
import { HostPorts } from '../src/host-ports.js'
import { containerLabels } from '../src/labels.js'
import { withPorts, type WantedPort } from '../src/with-ports.js'

const labels = containerLabels('infrakit.test-ports')
/** Nobody listens there: neither clients nor other tests are given such ports. */
const range = { first: 61_000, last: 61_004 }
const taken = new Error('driver failed: Bind for 0.0.0.0:61000 failed: port is already allocated')

/** The machine's engine as a host, and what makes something on it: the first times as told, then well. */
async function open(t: Test, outcomes: Error[] = []) {
  const found: Engine = await connect()
  found.close()
  const ports = new HostPorts(range, () => 0)
  const host = await openHost(found.address, {}, { name: 'local', labels, owner: unique('owner'), ports })
  t.teardown(() => host.engine.close())
  const tries: number[][] = []
  const make = async (hostPorts: readonly number[]) => {
    tries.push([...hostPorts])
    const outcome = outcomes.shift()
    if (outcome) throw outcome
    return hostPorts
  }
  const given = (...wanted: WantedPort[]) => withPorts(host, labels, wanted, make)
  return { given, tries, ports, host }
}

t.test(
  'ports that are left open are chosen, in their order; those that are kept are passed over',
  needsDocker,
  async (t) => {
    const keeper = docker('create', '--label', `${labels.ports}=61000,61002`, testImage('busybox'))
    t.teardown(() => docker('rm', keeper))
    const { given, ports } = await open(t)
    t.same(
      await given({}, { host: 8080 }, { within: { first: 61_100, last: 61_109 } }, {}),
      [61_001, 8080, 61_100, 61_003],
    )
    t.equal(ports.reserve(new Set([61_000, 61_002])), 61_001, 'what came of it says what is taken, not the choice')
  },
)

t.test('who asks at the same time gets others', needsDocker, async (t) => {
  const { host } = await open(t)
  const seen: number[] = []
  let both: () => void = () => undefined
  const met = new Promise<void>((resolve) => (both = resolve))
  const make = async ([port = 0]: readonly number[]) => {
    seen.push(port)
    if (seen.length === 2) both()
    await met
  }
  await Promise.all([withPorts(host, labels, [{}], make), withPorts(host, labels, [{}], make)])
  t.same(seen.sort(), [61_000, 61_001])
})

t.test('when somebody else has the port that was chosen, another one is', needsDocker, async (t) => {
  const { given, tries } = await open(t, [taken, taken])
  t.same(await given({}), [61_002])
  t.same(tries, [[61_000], [61_001], [61_002]], 'none twice')
})

t.test('it is not tried for ever', needsDocker, async (t) => {
  const { given, tries } = await open(t, Array<Error>(10).fill(taken))
  t.equal(await rejection(given({})), taken)
  t.equal(tries.length, 5)
})

t.test(
  'a port that was asked for by its number is not exchanged, nor is another failure tried again',
  needsDocker,
  async (t) => {
    const asked = await open(t, [taken])
    t.equal(await rejection(asked.given({ host: 61_000 })), taken)
    const other = new Error('no such image')
    const failing = await open(t, [other])
    t.equal(await rejection(failing.given({})), other)
    t.same([asked.tries, failing.tries], [[[61_000]], [[61_000]]])
  },
)

t.test('when there are not enough, none is kept', needsDocker, async (t) => {
  const { given, tries, ports } = await open(t)
  const six: WantedPort[] = Array<WantedPort>(6).fill({})
  t.match(await rejection(given(...six)), { kind: 'unavailable', message: /no port from 61000 to 61004/ })
  t.same(tries, [])
  t.equal(ports.reserve(new Set()), 61_000)
})

t.test('only where something is left open the engine is asked', async (t) => {
  const path = `${await temporaryFolder(t)}/none.sock`
  const ports = new HostPorts(range, () => 0)
  const host = await openHost({ kind: 'unix', path }, {}, { name: 'away', labels, owner: 'me', ports })
  t.teardown(() => host.engine.close())
  const make = async (hostPorts: readonly number[]) => hostPorts
  t.same(await withPorts(host, labels, [{ host: 80 }], make), [80])
  t.match(await rejection(withPorts(host, labels, [{}], make)), { kind: 'unavailable', message: /none\.sock/ })
})
