import { createClient } from '@infrakit/rpc/client'
import { flavorInterface, health, kindOf, resolveInterface, type InfrakitError } from '@infrakit/spi'
import { flavorSchemas, resolveSchemas } from '@infrakit/spi/schemas'
import { startProcess, temporaryFolder, waitUntil } from '@infrakit/testing'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { closedPort } from './servers.js'

const executable = fileURLToPath(new URL('../../bin/infrakit-flavor-vanilla.js', import.meta.url))
const blank = { Properties: null, Tags: null, Init: '', LogicalID: null, Attachments: null }

t.test('the executable serves Flavor and Resolve, and reads files', async (t) => {
  const home = await temporaryFolder(t)
  const plugin = startProcess(t, executable, [], { INFRAKIT_HOME: home, INFRAKIT_PLUGINS_DIR: join(home, 'plugins') })
  const client = createClient({ path: join(home, 'plugins', 'flavor-vanilla') })
  t.teardown(() => client.close())
  await waitUntil('the plugin to answer', () => client.handshake(), 60_000)
  const flavor = client.bind(flavorInterface, { schemas: flavorSchemas })
  const resolver = client.bind(resolveInterface, { schemas: resolveSchemas })

  const script = join(home, 'init.sh')
  await writeFile(script, 'run {{ .Group }}\n')
  const Properties = { InitScriptTemplateURL: script }
  await t.resolves(flavor.validate({ Properties, Allocation: { Size: 1 } }))
  const { Resolved } = await resolver.resolve({ Properties })
  await writeFile(script, 'changed')
  const { Spec } = await flavor.prepare({
    Properties: { ...Properties, Resolved },
    Spec: { ...blank, Properties: { Note: 'n' } },
    Index: { Group: 'web', Sequence: 0 },
  })
  t.strictSame(Spec, { ...blank, Properties: { Note: 'n' }, Init: 'run web\n' })

  const wrong = { Init: ['a'], InitScriptTemplateURL: 'str://x' }
  const error = (await flavor.validate({ Properties: wrong }).catch((e: unknown) => e)) as InfrakitError
  t.equal(error.message, 'Either "Init" or "InitScriptTemplateURL" can be specified but not both')
  t.equal(kindOf(error), 'input')

  const Health = { TCP: {}, Interval: '100ms' }
  const Endpoints = [{ Host: '127.0.0.1', Port: await closedPort(), ContainerPort: 80, Protocol: 'tcp' }]
  const Instance = { ID: 'i-1', Properties: { Endpoints } }
  const judged = await flavor.healthy({ Properties: { Health }, Instance })
  t.equal(judged.Health, health.unknown)
  t.match(judged.Reason, /connection refused; 1 of 3 bad results/)

  const stopped = new AbortController()
  t.teardown(() => stopped.abort())
  const told = new Promise<string>((resolve) => {
    client.subscribe('health', { connected: () => undefined, event: ({ ID }) => resolve(ID), signal: stopped.signal })
  })
  t.equal(await told, 'i-1', 'word that it is unhealthy by now')
  stopped.abort()
  t.equal((await plugin.end()).code, 0, 'ends cleanly')
})
