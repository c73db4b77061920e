import { temporaryFolder } from '@infrakit/testing'
import { outcomeOf, transportTo, verifyPlugin } from '@infrakit/testing/conformance'
import { docker } from '@infrakit/testing/engine'
import t from 'tap'
import { serve } from '../serve.js'
import { containerProperties, foldersIn, needsVagrant, removeContainers } from '../support.js'

const long = process.env['INFRAKIT_SOAK'] === '1'
/** Machines take seconds each, and there are some sixty of them. The short form makes none. */
const patienceMs = 300_000
const served = ['Event', 'Fence', 'Instance', 'Lifecycle', 'Logs', 'Protocol', 'Resolve']

t.setTimeout(long ? 60 * 60_000 : 240_000)

/** The instances of which events tell. */
const idsOf = (heard: readonly string[]) => new Set(heard.map((text) => (JSON.parse(text) as { ID: string }).ID))

t.test('the conformance suite accepts it', needsVagrant, async (t) => {
  const home = await temporaryFolder(t)
  const { dir, path, hear } = await serve(t, home)
  const heard = await hear()
  t.teardown(() => removeContainers(idsOf(heard)))
  const report = await verifyPlugin({
    name: 'instance-vagrant',
    transport: transportTo({ path }),
    properties: containerProperties(dir),
    patienceMs,
    ...(long ? {} : { interfaces: ['Resolve'] }),
    onVerdict: ({ interface: name, promise, outcome }) => t.comment(`${outcome}: ${name}: ${promise}`),
  })
  t.same(outcomeOf(report), { broken: [], kept: long ? served : ['Protocol', 'Resolve'], leftovers: [] })
  t.same(foldersIn(dir), [])
  const left = [...idsOf(heard)].filter((id) => docker('ps', '-aq', '--filter', `name=ik-${id}`) !== '')
  t.same(left, [], 'no container is left')
})
