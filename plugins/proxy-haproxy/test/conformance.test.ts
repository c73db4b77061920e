import { fileURLToPath } from 'node:url'
import { join } from 'node:path'
import { startProcess, temporaryFolder, waitUntil } from '@infrakit/testing'
import { transportTo, verifyPlugin } from '@infrakit/testing/conformance'
import t from 'tap'
import { killHaproxy, needsHaproxy, processesOf } from './support.js'

t.setTimeout(240_000)

const executable = fileURLToPath(new URL('../../bin/infrakit-proxy-haproxy.js', import.meta.url))

t.test('the conformance suite accepts it', needsHaproxy, async (t) => {
  const home = await temporaryFolder(t)
  const state = join(home, 'state', 'proxy-haproxy')
  t.teardown(() => killHaproxy(state))
  const started = startProcess(t, executable, [], { INFRAKIT_HOME: home, INFRAKIT_PLUGINS_DIR: join(home, 'p') })
  await waitUntil('the plugin to listen', () => started.output().includes('listening'), 60_000)
  const name = 'proxy-haproxy'
  const { verdicts } = await verifyPlugin({ name, transport: transportTo({ path: join(home, 'p', name) }) })
  t.same(
    verdicts.filter(({ outcome }) => outcome === 'broken'),
    [],
  )
  const kept = new Set(verdicts.filter(({ outcome }) => outcome === 'kept').map((one) => one.interface))
  t.same([...kept].sort(), ['Event', 'Fence', 'Protocol', 'Proxy'])
  await started.end()
  t.same(processesOf(state), [], 'nothing is left: the suite took its routes away')
})
