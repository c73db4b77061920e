import { temporaryFolder } from '@infrakit/testing'
import { outcomeOf, transportTo, verifyPlugin } from '@infrakit/testing/conformance'
import t from 'tap'
import { serve } from './serve.js'
import { filesIn, needsTerraform, one, stateOf } from './support.js'

t.test('the conformance suite accepts it', needsTerraform, async (t) => {
  const home = await temporaryFolder(t)
  const { dir, path } = await serve(t, home)
  const name = 'instance-terraform'
  const report = await verifyPlugin({ name, transport: transportTo({ path }), properties: one() })
  const kept = ['Event', 'Fence', 'Instance', 'Logs', 'Protocol', 'Resolve']
  t.same(outcomeOf(report), { broken: [], kept, leftovers: [] })
  t.same([filesIn(dir), stateOf(dir)], [[], []])
})
