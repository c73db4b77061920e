import { createServer, offer } from '@infrakit/rpc'
import { createClient } from '@infrakit/rpc/client'
import { flavorInterface, resolveInterface } from '@infrakit/spi'
import { flavorSchemas } from '@infrakit/spi/schemas'
import { startProcess, temporaryFolder, waitUntil } from '@infrakit/testing'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { appending, part } from './fakes.js'

const executable = fileURLToPath(new URL('../../bin/infrakit-flavor-combo.js', import.meta.url))
const blank = { Properties: null, Tags: null, Init: '', LogicalID: null, Attachments: null }

t.test('the executable finds flavors in the plugin folder, and knows its own name', async (t) => {
  const home = await temporaryFolder(t)
  const dir = join(home, 'plugins')
  await mkdir(dir, { mode: 0o700 })
  const server = createServer({
    offers: [offer(flavorInterface, appending().handlers)],
    vendor: { name: 'plain', version: '0.1.0' },
  })
  await server.listen({ path: join(dir, 'plain') })
  t.teardown(() => server.close(0))
  const plugin = startProcess(t, executable, ['--name', 'combo-2'], { INFRAKIT_HOME: home, INFRAKIT_PLUGINS_DIR: dir })
  const client = createClient({ path: join(dir, 'combo-2') })
  t.teardown(() => client.close())
  await waitUntil('the plugin to answer', () => client.handshake(), 60_000)

  t.ok(await client.implements(resolveInterface))
  const flavor = client.bind(flavorInterface, { schemas: flavorSchemas })
  const Properties = [part('plain', { Init: 'one' }), part('plain', { Init: 'two' })]
  t.equal((await flavor.prepare({ Properties, Spec: blank })).Spec.Init, 'one\ntwo')
  await t.rejects(flavor.validate({ Properties: [part('combo-2')] }), { message: /combo-2 cannot be a part of itself/ })
  await t.rejects(flavor.validate({ Properties: [part('flavor-vanilla')] }), {
    message: /plugin not found:flavor-vanilla/,
  })
  t.equal((await plugin.end()).code, 0, 'ends cleanly')
})
