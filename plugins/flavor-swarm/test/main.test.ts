import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createClient } from '@infrakit/rpc/client'
import { skipFor, startProcess, temporaryFolder, waitUntil } from '@infrakit/testing'
import { outcomeOf, transportTo, verifyPlugin } from '@infrakit/testing/conformance'
import { ownSwarm } from '@infrakit/testing/engine'
import t from 'tap'

const executable = fileURLToPath(new URL('../../bin/infrakit-flavor-swarm.js', import.meta.url))
const skip = skipFor(['docker', 'dockerd', 'ip'])

t.test('the conformance suite accepts both of its flavors', { skip }, async (t) => {
  const [engine] = await ownSwarm(t, 1)
  const home = await temporaryFolder(t)
  const env = { INFRAKIT_HOME: home, INFRAKIT_PLUGINS_DIR: join(home, 'p') }
  const plugin = startProcess(t, executable, [], env)
  const path = join(home, 'p/flavor-swarm')
  const client = createClient({ path })
  t.teardown(() => client.close())
  const { objects } = await waitUntil('the plugin to answer', () => client.handshake(), 60_000)
  t.same(objects.find(({ name }) => name === 'Flavor')?.types, ['manager', 'worker'])
  const report = await verifyPlugin({
    name: 'flavor-swarm',
    type: 'worker',
    transport: transportTo({ path }),
    properties: { Docker: { Host: `unix://${engine?.path}` } },
  })
  const kept = ['Flavor', 'Protocol', 'Resolve']
  t.same(outcomeOf(report), { broken: [], kept, leftovers: [] })
  t.equal((await plugin.end()).code, 0, 'ends cleanly')
})
