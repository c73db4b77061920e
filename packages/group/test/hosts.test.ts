import { waitUntil } from '@infrakit/testing'
import t from 'tap'
import { health, harness, spec } from './harness.js'

type Harness = Awaited<ReturnType<typeof harness>>

/** Puts instances on hosts, one after the other. */
function spread({ instance }: Harness, hosts: readonly string[]): void {
  for (const [at, one] of [...instance.instances.values()].entries()) {
    one.Properties = { Host: hosts[at % hosts.length] }
  }
}

function idsOn({ instance }: Harness, host: string): string[] {
  const all = [...instance.instances.values()]
  return all
    .filter(({ Properties }) => (Properties as { Host?: string } | undefined)?.Host === host)
    .map(({ ID }) => ID)
}

/** A group of four on two hosts. */
async function onTwoHosts(t: Parameters<typeof harness>[0], HostTimeout: string): Promise<Harness> {
  const h = await harness(t)
  await h.commit(spec({ size: 4, healing: { HostTimeout } }))
  await h.converged()
  spread(h, ['a', 'b'])
  h.hint()
  await h.converged()
  return h
}

async function looksAgain(h: Harness, times = 5): Promise<void> {
  const looks = () => h.instance.calls.filter((call) => call === 'describeInstances').length
  for (let time = 0; time < times; time++) {
    const before = looks()
    h.hint()
    await waitUntil('another look', () => looks() > before)
  }
}

t.test('what is on a host that cannot be reached counts as there, and is left alone', async (t) => {
  const h = await onTwoHosts(t, '1h')
  const all = [...h.instance.instances.keys()]
  h.instance.unreachable.add('b')
  await looksAgain(h)
  t.same([...h.instance.instances.keys()], all)
  t.equal((await h.describe()).Converged, false)
  h.instance.unreachable.clear()
  h.hint()
  t.same((await h.converged()).Instances.map(({ ID }) => ID).sort(), all.sort())
})

t.test('a loss on a host that can be reached is replaced while another one is away', async (t) => {
  const h = await onTwoHosts(t, '1h')
  const [lost = ''] = idsOn(h, 'a')
  h.instance.unreachable.add('b')
  await looksAgain(h)
  h.instance.instances.delete(lost)
  h.hint()
  await waitUntil('another one', () => h.instance.instances.size === 4)
  t.equal(idsOn(h, 'b').length, 2, 'the others are as they were')
})

t.test(
  'after HostTimeout they are replaced elsewhere; back again, the surplus goes and the rest serves on',
  async (t) => {
    const h = await onTwoHosts(t, '300ms')
    const away = idsOn(h, 'b')
    h.instance.unreachable.add('b')
    h.hint()
    await waitUntil('two more', () => h.instance.instances.size === 6)
    t.same(
      away.filter((id) => h.instance.calls.includes(`destroy ${id}`)),
      [],
    )
    h.instance.unreachable.clear()
    h.hint()
    t.equal((await h.converged()).Instances.length, 4)
    t.equal(h.instance.instances.size, 4)
  },
)

t.test('back again, those that are not healthy go first', async (t) => {
  const h = await onTwoHosts(t, '300ms')
  const away = idsOn(h, 'b')
  h.instance.unreachable.add('b')
  h.hint()
  await waitUntil('two more', () => h.instance.instances.size === 6)
  for (const id of away) h.flavor.health.set(id, health.unhealthy)
  h.instance.unreachable.clear()
  h.hint()
  const { Instances } = await h.converged()
  t.same(
    Instances.filter(({ ID }) => away.includes(ID)),
    [],
  )
})

t.test('a group that is started while a host is away does not make again what it may have', async (t) => {
  const h = await onTwoHosts(t, '1h')
  await h.groups.stop()
  h.instance.unreachable.add('b')
  const again = await harness(t, { store: h.store, instance: h.instance })
  await looksAgain(again)
  t.equal(h.instance.instances.size, 4)
  t.match((await again.describe()).LastFailure?.Message, /what there is on b is not known: it cannot be reached/)
  h.instance.unreachable.clear()
  again.hint()
  await again.converged()
  t.equal(h.instance.instances.size, 4)
})

t.test('and makes it after HostTimeout', async (t) => {
  const h = await onTwoHosts(t, '300ms')
  await h.groups.stop()
  h.instance.unreachable.add('b')
  const again = await harness(t, { store: h.store, instance: h.instance })
  await waitUntil('two more', () => h.instance.instances.size === 6)
  t.ok(await again.describe())
})
