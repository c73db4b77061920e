import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createClient } from '@infrakit/rpc/client'
import { startProcess, temporaryFolder, waitUntil } from '@infrakit/testing'
import { outcomeOf, transportTo, verifyPlugin } from '@infrakit/testing/conformance'
import t from 'tap'

const executable = fileURLToPath(new URL('../../bin/infrakit-flavor-zookeeper.js', import.meta.url))

t.test('the conformance suite accepts the executable', async (t) => {
  const home = await temporaryFolder(t)
  const env = { INFRAKIT_HOME: home, INFRAKIT_PLUGINS_DIR: join(home, 'p') }
  const plugin = startProcess(t, executable, [], env)
  const path = join(home, 'p/flavor-zookeeper')
  const client = createClient({ path })
  t.teardown(() => client.close())
  await waitUntil('the plugin to answer', () => client.handshake(), 60_000)
  const report = await verifyPlugin({
    name: 'flavor-zookeeper',
    transport: transportTo({ path }),
    properties: { Type: 'member', InitScriptTemplateURL: 'str://{{ .MyID }}' },
  })
  const kept = ['Flavor', 'Protocol', 'Resolve']
  t.same(outcomeOf(report), { broken: [], kept, leftovers: [] })
  t.equal((await plugin.end()).code, 0, 'ends cleanly')
})
