import { formProblem, transportTo, verifyPlugin, type Report } from '@infrakit/testing/conformance'
import { temporaryFolder } from '@infrakit/testing'
import { join } from 'node:path'
import t from 'tap'
import { oldInstances, oldVanilla, type OldInstances } from './support/old-instance.js'
import { startOldPlugin } from './support/old-plugin.js'
import { messageOf, readExchanges, readSession, resultOf, versions } from './support/recording.js'

function named({ verdicts }: Report, outcome: string): string[] {
  return verdicts.filter((one) => one.outcome === outcome).map((one) => `${one.interface}: ${one.promise}`)
}

/** What was added since the original, of which its plugins know nothing. */
const additions = [
  'Protocol: what is not JSON is refused with -32700',
  'Protocol: a batch is answered call by call, or refused',
  'Instance: a repeated provision key gives the same instance',
  'Instance: calls with one provision key at the same time make one instance',
  'Instance: a provision whose caller went away is done wholly or not at all',
]

for (const version of versions) {
  t.test(`plugins of ${version}, as they were recorded, keep what they promised`, async (t) => {
    const folder = await temporaryFolder(t)
    const path = (name: string) => join(folder, name)
    const world = oldInstances(version)
    await startOldPlugin(t, path('instance-file'), version, 'instance-file', world.methods)
    await startOldPlugin(t, path('flavor-vanilla'), version, 'flavor-vanilla', oldVanilla(version, new Set()))
    world.instances.set('instance-1', { spec: {}, tags: { mine: 'yes' } })

    const verify = (name: string, properties: object) =>
      verifyPlugin({ name, properties, transport: transportTo({ path: path(name) }) })
    const instance = await verify('instance-file', { Note: 'x' })
    t.same(named(instance, 'broken'), [], 'instance-file')
    t.ok(instance.original, 'it is known for what it is')
    const words = 'Protocol: a method that it does not have is refused with -32601'
    t.ok(named(instance, 'kept').includes(words), 'in its own words')
    const idle = named(instance, 'not applicable')
    t.same(
      additions.filter((one) => !idle.includes(one)),
      [],
      'what came later is not asked of it',
    )
    t.same([...world.instances.keys()], ['instance-1'], 'nothing is left, and nothing else is touched')

    const flavor = await verify('flavor-vanilla', { Init: ['true'], Tags: { tier: 'web' } })
    t.same(named(flavor, 'broken'), [], 'flavor-vanilla')
    t.ok(named(flavor, 'kept').length > 10)
  })

  t.test(`every answer of ${version} that was recorded has the form of its schema`, async (t) => {
    const calls = [
      ...readExchanges(version).map(({ request, response }) => [request.body, response.body]),
      ...readSession(version).map(({ request, response }) => [request.body, response]),
    ]
    const results = calls.filter(([request = '', response = '']) => messageOf({ body: request }) && resultOf(response))
    for (const [request = '', response = ''] of results) {
      t.equal(formProblem(request, response), undefined, messageOf({ body: request })?.method ?? '')
    }
    t.ok(results.length > 20, `${results.length} answers were judged`)
  })
}

t.test('one that is broken is seen', async (t) => {
  const breaks: [what: string, broken: (world: OldInstances) => object, promise: string][] = [
    [
      'a label in the place of all tags',
      ({ instances, methods }) => ({
        ...methods,
        'Instance.Label'(params: Record<string, unknown>) {
          const tags = instances.get(String(params.Instance))?.tags ?? {}
          for (const key of Object.keys(tags)) if (key !== 'infrakit.verify') Reflect.deleteProperty(tags, key)
          return methods['Instance.Label']?.(params) ?? {}
        },
      }),
      'Instance: a label is added or replaced, and other tags stay',
    ],
    [
      'OK left out',
      ({ methods }) => ({ ...methods, 'Instance.Validate': () => ({}) }),
      'Instance: Instance.Validate answers in the form of its schema',
    ],
  ]
  for (const [what, methodsOf, promise] of breaks) {
    const path = join(await temporaryFolder(t), 'instance-file')
    await startOldPlugin(t, path, 'v0.5', 'instance-file', methodsOf(oldInstances('v0.5')) as OldInstances['methods'])
    const report = await verifyPlugin({ name: 'instance-file', transport: transportTo({ path }) })
    t.same(named(report, 'broken'), [promise], what)
  }
  const request = '{"jsonrpc":"2.0","method":"Flavor.Healthy","params":{},"id":1}'
  t.match(formProblem(request, '{"jsonrpc":"2.0","result":{"Health":true},"id":1}'), /Health/)
  t.equal(formProblem(request, '{"jsonrpc":"2.0","result":{"Health":1},"id":1}'), undefined)
})
