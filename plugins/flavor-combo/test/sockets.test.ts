import { createPlugins } from '@infrakit/discovery'
import { createServer, offer } from '@infrakit/rpc'
import { flavorInterface, health, kindOf, resolveInterface, type Flavor, type Resolve } from '@infrakit/spi'
import { flavorSchemas, resolveSchemas } from '@infrakit/spi/schemas'
import { temporaryFolder } from '@infrakit/testing'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { pluginFlavors } from '../src/flavors.js'
import { createCombo } from '../src/plugin.js'
import { appending, part, refusal } from './fakes.js'

const blank = { Properties: null, Tags: null, Init: '', LogicalID: null, Attachments: null }
const Instance = { ID: 'i-1', LogicalID: null, Tags: null }

/** A plugin folder whose plugins are real servers, and what finds them. */
async function folder(t: Test) {
  const dir = await temporaryFolder(t)
  const plugins = createPlugins(dir)
  t.teardown(() => plugins.close())
  async function serve(name: string, flavor: Flavor | (Flavor & Resolve)) {
    const offers = [offer(flavorInterface, flavor)]
    if ('resolve' in flavor) offers.push(offer(resolveInterface, flavor))
    const server = createServer({ offers, vendor: { name, version: '0.1.0' } })
    await server.listen({ path: join(dir, name) })
    t.teardown(() => server.close(0))
    return server
  }
  async function serveCombo(name: string) {
    await serve(name, createCombo({ name, flavors: pluginFlavors(plugins) }))
    return {
      flavor: await plugins.get(flavorInterface, name, { schemas: flavorSchemas }),
      resolver: await plugins.get(resolveInterface, name, { schemas: resolveSchemas }),
    }
  }
  return { serve, serveCombo }
}

t.test('a combo of flavors behind sockets, one of them a combo', async (t) => {
  const { serve, serveCombo } = await folder(t)
  const resolving = { ...appending().handlers, resolve: async () => ({ Resolved: { Is: 'resolved' } }) }
  await serve('resolving', resolving)
  const plain = await serve('plain', appending().handlers)
  await serveCombo('inner')
  const { flavor, resolver } = await serveCombo('outer')
  const inner = part('inner', [part('plain', { Init: 'two' }), part('resolving', { Init: 'three', Tags: { a: '3' } })])
  const Properties = { Flavors: [part('plain', { Init: 'one', Tags: { a: '1', b: '1' } }), inner] }

  await t.resolves(flavor.validate({ Properties, Allocation: { Size: 1 } }))
  const { Spec } = await flavor.prepare({ Properties, Spec: { ...blank, Init: 'hi' } })
  t.strictSame(Spec, { ...blank, Init: 'hi\none\ntwo\nthree', Tags: { a: '3', b: '1' }, Attachments: [] })
  t.strictSame((await resolver.resolve({ Properties })).Resolved, [null, [null, { Is: 'resolved' }]])
  const Resolved = [null, [null, { Is: 'resolved' }]]
  await t.resolves(flavor.validate({ Properties: { ...Properties, Resolved } }), 'what was resolved is accepted again')
  t.match(await flavor.healthy({ Properties, Instance }), { Health: health.healthy })
  await t.resolves(flavor.drain({ Properties, Instance }))

  await plain.close(0)
  const answer = await flavor.healthy({ Properties, Instance })
  t.equal(answer.Health, health.unknown, 'a flavor that has gone is unknown')
  t.match(answer.Reason, /^plain: .*; inner: plain: /)
  const error = await refusal(flavor.drain({ Properties, Instance }))
  t.match(error.message, /^Properties\.Flavors\[1\] \(inner\): Properties\[0\] \(plain\): /)
  t.ok(['unavailable', 'not-found'].includes(kindOf(error)), kindOf(error))
})

t.test('errors cross sockets with their path', async (t) => {
  const { serveCombo } = await folder(t)
  await serveCombo('inner')
  const { flavor } = await serveCombo('outer')
  const error = await refusal(flavor.validate({ Properties: [part('inner', { Flavours: [] })] }))
  t.equal(kindOf(error), 'input')
  t.match(error.message, /^Properties\[0\] \(inner\): Properties\.Flavors: is missing/)
  t.equal(error.path, 'Properties[0].Properties.Flavors')
  t.equal(kindOf(await refusal(flavor.validate({ Properties: [part('nosuch')] }))), 'not-found')
})
