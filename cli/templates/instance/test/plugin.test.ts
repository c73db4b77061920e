import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
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
  assert.deepEqual(report.leftovers, [])
})

test('instances outlive the plugin, and a key that was used before is still known', async (t) => {
  const plugin = await temporaryPlugin(teardownOf(t), main, { name: '{{name}}' })
  const Spec = { Properties: properties, Tags: { 'infrakit.provision': 'key-1', tier: 'web' } }
  const made = await plugin.call('Instance.Provision', { Spec })
  await plugin.kill()
  await plugin.start()
  assert.deepEqual(await plugin.call('Instance.Provision', { Spec }), made)
  const { Descriptions } = await plugin.call('Instance.DescribeInstances', { Tags: { tier: 'web' } })
  assert.equal((Descriptions as unknown[]).length, 1)
})

test('wrong properties are refused with the path of the field', async (t) => {
  const plugin = await temporaryPlugin(teardownOf(t), main, { name: '{{name}}' })
  const wrong = plugin.call('Instance.Validate', { Properties: { Image: 7 } })
  await assert.rejects(wrong, /Properties\.Image: expected a text/)
})
