import { join } from 'node:path'
import { rejection, temporaryFolder } from '@infrakit/testing'
import t from 'tap'
import { flavorInterface, metadataInterface, type Flavor, type Metadata } from '@infrakit/spi'
import { createServer, offer } from '@infrakit/rpc'
import { claimSocket, createPlugins } from '../src/index.js'
import { runFixture } from './support.js'

function metadata(value: unknown): Metadata {
  return { list: async () => ({ Nodes: [] }), get: async () => ({ Value: value }) }
}

t.test('gets an interface by name and calls it; the second part of a name picks the object', async (t) => {
  const dir = await temporaryFolder(t)
  const offers = [offer(metadataInterface, metadata(1), 'one'), offer(metadataInterface, metadata(2), 'two')]
  const server = createServer({ offers, vendor: { name: 'x', version: '0' } })
  const claim = await claimSocket(dir, 'x')
  await claim.serve((path) => server.listen({ path }))
  const plugins = createPlugins(dir)
  t.teardown(async () => {
    plugins.close()
    await server.close(0)
    await claim.release()
  })
  t.match(await (await plugins.get(metadataInterface, 'x/two')).get({ Path: '.' }), { Value: 2 })
  t.match(await (await plugins.get(metadataInterface, 'x/one')).get({ Path: '.' }), { Value: 1 })
  t.match(await rejection(plugins.get(metadataInterface, 'x/three')), {
    kind: 'incompatible',
    message: "plugin 'x' has no Metadata called 'three'",
    hint: 'It has: one, two.',
  })
  t.equal(await plugins.implements(metadataInterface, 'x/one'), true)
  t.equal(await plugins.implements(metadataInterface, 'x/three'), false)
  t.equal(await plugins.client('x/one'), await plugins.client('x'), 'one client per socket')
  t.match(await plugins.list(), [{ name: 'x' }])
})

t.test('a plugin without the interface: incompatible, with what it has', async (t) => {
  const dir = await temporaryFolder(t)
  const child = runFixture(t, 'serve', [dir, 'x'])
  await child.says('serving')
  const plugins = createPlugins(dir)
  t.teardown(() => plugins.close())
  t.match(await rejection(plugins.get<Flavor>(flavorInterface, 'x')), {
    kind: 'incompatible',
    message: "plugin 'x' does not serve Flavor/0.1.0",
    hint: /Metadata\/0\.1/,
  })
  t.equal(await plugins.implements(flavorInterface, 'x'), false)
})

t.test('no such plugin: not-found; nobody answers: unavailable; back again: works', async (t) => {
  const dir = await temporaryFolder(t)
  const plugins = createPlugins(dir)
  t.teardown(() => plugins.close())
  t.match(await rejection(plugins.get(metadataInterface, 'x')), { kind: 'not-found', message: 'plugin not found:x' })

  const child = runFixture(t, 'serve', [dir, 'x'])
  await child.says('serving')
  const stub = await plugins.get(metadataInterface, 'x')
  t.match(await stub.get({ Path: '.' }), { Value: child.pid })
  await child.kill()
  t.match(await rejection(stub.get({ Path: '.' })), { kind: 'unavailable' })
  t.match(await rejection(plugins.get(metadataInterface, 'x')), { kind: 'unavailable' })

  const next = runFixture(t, 'serve', [dir, 'x'])
  await next.says('serving')
  t.match(await stub.get({ Path: '.' }), { Value: next.pid })
})

t.test('an invalid name is an input error', async (t) => {
  const plugins = createPlugins(join(await temporaryFolder(t), 'none'))
  t.match(await rejection(plugins.client('../x')), { kind: 'input' })
})
