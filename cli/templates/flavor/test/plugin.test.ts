import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { teardownOf, temporaryPlugin } from '@infrakit/testing'
import { transportTo, verifyPlugin } from '@infrakit/testing/conformance'

const main = fileURLToPath(new URL('../src/main.js', import.meta.url))
const properties = JSON.parse(await readFile(new URL('../../properties.json', import.meta.url), 'utf8')) as object

test('it keeps every promise of its interfaces', async (t) => {
  const { socket } = await temporaryPlugin(teardownOf(t), main, { name: '{{name}}' })
  const report = await verifyPlugin({ name: '{{name}}', transport: transportTo({ path: socket }), properties })
  assert.deepEqual(
    report.verdicts.filter(({ outcome }) => outcome === 'broken'),
    [],
  )
})

test('an instance is healthy while its port accepts connections', async (t) => {
  const plugin = await temporaryPlugin(teardownOf(t), main, { name: '{{name}}' })
  const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1')
  t.after(() => server.close())
  await once(server, 'listening')
  const { port: Port } = server.address() as AddressInfo
  const Instance = { ID: 'i-1', Properties: { Endpoints: [{ Host: '127.0.0.1', Port }] } }
  assert.equal((await plugin.call('Flavor.Healthy', { Properties: properties, Instance })).Health, 1)
  server.close()
  await once(server, 'close')
  assert.equal((await plugin.call('Flavor.Healthy', { Properties: properties, Instance })).Health, 2)
})

test('wrong properties are refused with the path of the field', async (t) => {
  const plugin = await temporaryPlugin(teardownOf(t), main, { name: '{{name}}' })
  await assert.rejects(plugin.call('Flavor.Validate', { Properties: { Port: 0 } }), /Properties\.Port/)
})
