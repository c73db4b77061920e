import { fileURLToPath } from 'node:url'
import { temporaryPlugin } from '@infrakit/testing'
import { transportTo, verifyPlugin } from '@infrakit/testing/conformance'
import t from 'tap'

const main = fileURLToPath(new URL('../src/main.js', import.meta.url))

t.setTimeout(240_000)

t.test('the conformance suite accepts it', async (t) => {
  const name = 'proxy-embedded'
  const plugin = await temporaryPlugin(t, main, { name, args: ['--workers', '2'] })
  const { verdicts } = await verifyPlugin({ name, transport: transportTo({ path: plugin.socket }) })
  t.same(
    verdicts.filter(({ outcome }) => outcome === 'broken'),
    [],
  )
  const kept = new Set(verdicts.filter(({ outcome }) => outcome === 'kept').map((one) => one.interface))
  t.same([...kept].sort(), ['Event', 'Fence', 'Protocol', 'Proxy'])
  t.match(await plugin.call('Proxy.List'), { Routes: [] }, 'the suite took its routes away')
})
