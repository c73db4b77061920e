import { fileURLToPath } from 'node:url'
import { join } from 'node:path'
import { skipFor, temporaryPlugin, waitUntil } from '@infrakit/testing'
import { transportTo, verifyPlugin } from '@infrakit/testing/conformance'
import t from 'tap'
import { endNginxes, mastersOf } from './nginxes.js'

const skip = skipFor(['nginx'])
const main = fileURLToPath(new URL('../src/main.js', import.meta.url))

t.setTimeout(240_000)

t.test('the conformance suite accepts it', { skip }, async (t) => {
  const name = 'proxy-nginx'
  const plugin = await temporaryPlugin(t, main, { name, args: ['--workers', '2'] })
  const dir = join(plugin.home, 'state', name)
  t.teardown(async () => {
    await plugin.kill()
    await endNginxes(dir)
  })
  const { verdicts } = await verifyPlugin({ name, transport: transportTo({ path: plugin.socket }) })
  t.same(
    verdicts.filter(({ outcome }) => outcome === 'broken'),
    [],
  )
  const kept = new Set(verdicts.filter(({ outcome }) => outcome === 'kept').map((one) => one.interface))
  t.same([...kept].sort(), ['Event', 'Fence', 'Protocol', 'Proxy'])
  await waitUntil('all to be gone: the suite took its routes away', () => mastersOf(dir).length === 0)
})
