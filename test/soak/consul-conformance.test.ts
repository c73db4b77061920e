import { fileURLToPath } from 'node:url'
import { skipFor, temporaryPlugin } from '@infrakit/testing'
import { transportTo, verifyPlugin } from '@infrakit/testing/conformance'
import { linkedConsul, ownConsul } from '@infrakit/testing/consul'
import t, { type Test } from 'tap'
import { figure, soaked } from './soak.js'

const executable = fileURLToPath(
  new URL('../../../plugins/registry-consul/bin/infrakit-registry-consul.js', import.meta.url),
)

t.setTimeout(soaked(300_000, 1_800_000))

/** Its check is a server on this machine's own 127.0.0.1, which agents on machines of their own do not reach. */
const checked = /^a service with a check is passing/

/** Tries every promise on a plugin that asks these agents, the first one first. */
async function keepsAll(t: Test, addresses: readonly string[], when: string, isFar = false): Promise<void> {
  const args = addresses.flatMap((address) => ['--address', address])
  const plugin = await temporaryPlugin(t, executable, { name: 'registry-consul', args })
  // Leases of Consul run out after twenty seconds.
  const pace = { patienceMs: 20_000, slow: soaked(false, true) }
  const transport = transportTo({ path: plugin.socket })
  const { verdicts, leftovers } = await verifyPlugin({ name: 'registry-consul', transport, ...pace })
  t.same(
    verdicts.filter(({ outcome, promise }) => outcome === 'broken' && !(isFar && checked.test(promise))),
    [],
    when,
  )
  t.same(leftovers, [])
  const kept = verdicts.filter(({ outcome }) => outcome === 'kept')
  t.match(new Set(kept.map((one) => one.interface)), new Set(['Protocol', 'Fence', 'Registry']))
  figure(`promises of a registry that registry-consul keeps, ${when}`, kept.length)
}

t.test('registry-consul keeps what every registry promises', { skip: skipFor(['consul']) }, async (t) => {
  const [{ address }] = await ownConsul(t)
  await keepsAll(t, [address], 'with one server')
})

const skip = skipFor(['consul', 'ip', 'nsenter'])

// Six minutes of it: the short form has what happens under load, in consul-cluster.
if (soaked(false, true)) {
  t.test('so it does with three servers of which one is lost', { skip }, async (t) => {
    const servers = await linkedConsul(t, 3)
    const [first] = servers
    if (!first) return
    const addresses = servers.map(({ address }) => address)
    await keepsAll(t, addresses, 'with three servers', true)
    await first.end('SIGKILL')
    await keepsAll(t, addresses, 'with one of three killed', true)
    await first.start()
    first.cutFromOthers()
    await keepsAll(t, addresses, 'with one of three cut off from the others, and still answering', true)
    await first.join()
    await Promise.all(servers.map((one) => one.end('SIGTERM')))
    await Promise.all(servers.map((one) => one.start()))
    await keepsAll(t, addresses, 'after all were restarted', true)
  })
}
