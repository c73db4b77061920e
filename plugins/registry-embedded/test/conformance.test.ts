import { temporaryFolder } from '@infrakit/testing'
import { transportTo, verifyPlugin } from '@infrakit/testing/conformance'
import t from 'tap'
import { serve } from './support.js'

t.test('it keeps every promise, and nothing is left in it', async (t) => {
  const { path, registry } = await serve(t, await temporaryFolder(t))
  const report = await verifyPlugin({ name: 'registry-embedded', transport: transportTo({ path }) })
  const of = (wanted: string) => report.verdicts.filter(({ outcome }) => outcome === wanted)
  t.same(of('broken'), [])
  t.same(report.leftovers, [])
  const applied = of('kept').filter((one) => one.interface === 'Registry')
  t.ok(applied.length >= 19 + 12, `${applied.length} promises of a registry`)
  t.same(await registry.list({ Prefix: '' }), { Entries: [] })
})
