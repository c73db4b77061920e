import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { metadataInterface } from '@infrakit/spi'
import { rejection, temporaryFolder } from '@infrakit/testing'
import { NothingToRun, startPlugin } from '../src/index.js'
import { definition } from './fixtures/plugin.js'
import { clientFor } from './support.js'

const quiet = { write: () => undefined }

t.test('starts in this process, with its own flags, and stops without a trace; stopping twice is fine', async (t) => {
  const home = await temporaryFolder(t)
  const env = { INFRAKIT_HOME: home }
  const plugin = await startPlugin(definition, { argv: ['--name', 'n', '--color', 'blue'], env, output: quiet })
  t.equal(plugin.name, 'n')
  t.equal(plugin.socket, join(home, 'plugins', 'n'))
  const metadata = clientFor(t, plugin.socket).bind(metadataInterface)
  t.match(await metadata.get({ Path: 'color' }), { Value: 'blue' })
  const expected = {
    name: 'n',
    home,
    pluginsDir: join(home, 'plugins'),
    stateDir: join(home, 'state', 'n'),
    options: { color: 'blue' },
  }
  for (const [Path, Value] of Object.entries(expected)) t.match(await metadata.get({ Path }), { Value }, Path)
  await Promise.all([plugin.stop(), plugin.stop()])
  t.same(readdirSync(join(home, 'plugins')), [])
  t.same(readdirSync(home), ['plugins'])
})

t.test('the context has the own flags alone', async (t) => {
  const env = { INFRAKIT_HOME: await temporaryFolder(t) }
  let seen: unknown
  const watching = {
    ...definition,
    start: (context: Parameters<typeof definition.start>[0]) => {
      seen = context.options
      return definition.start(context)
    },
  }
  const plugin = await startPlugin(watching, { argv: ['--log', '2'], env, output: quiet })
  await plugin.stop()
  t.same(seen, { color: 'red' })
})

t.test('folders come from flags, then from the environment', async (t) => {
  const home = await temporaryFolder(t)
  const env = { INFRAKIT_HOME: join(home, 'h'), INFRAKIT_PLUGINS_DIR: join(home, 'p') }
  const first = await startPlugin(definition, { argv: [], env, output: quiet })
  t.equal(first.socket, join(home, 'p', 'sample'))
  const argv = ['--plugins-dir', join(home, 'q'), '--state-dir', join(home, 's'), '--use-state']
  const second = await startPlugin(definition, { argv, env, output: quiet })
  t.equal(second.socket, join(home, 'q', 'sample'))
  t.match(await clientFor(t, second.socket).bind(metadataInterface).get({ Path: 'stateDir' }), {
    Value: join(home, 's'),
  })
  await first.stop()
  await second.stop()
})

t.test('a start that fails is undone: the name is free at once', async (t) => {
  const env = { INFRAKIT_HOME: await temporaryFolder(t) }
  const failed = startPlugin(definition, { argv: ['--fail', 'conflict'], env, output: quiet })
  t.match(await rejection(failed), { kind: 'conflict', message: 'busy' })
  const plugin = await startPlugin(definition, { argv: [], env, output: quiet })
  await plugin.stop()
})

t.test('a twin in the same process is refused before anything of it runs', async (t) => {
  const env = { INFRAKIT_HOME: await temporaryFolder(t) }
  const plugin = await startPlugin(definition, { argv: [], env, output: quiet })
  let ran = false
  const twin = {
    ...definition,
    start: async () => {
      ran = true
      return { offers: [] }
    },
  }
  t.match(await rejection(startPlugin(twin, { argv: [], env, output: quiet })), { kind: 'conflict' })
  t.notOk(ran)
  await plugin.stop()
})

t.test('a plugin that fails to stop: its name is given up all the same, and the failure is told', async (t) => {
  const home = await temporaryFolder(t)
  const failing = {
    ...definition,
    start: async () => ({ offers: [], stop: () => Promise.reject(new Error('will not')) }),
  }
  const plugin = await startPlugin(failing, { argv: [], env: { INFRAKIT_HOME: home }, output: quiet })
  t.match(await rejection(plugin.stop()), { message: 'will not' })
  t.same(readdirSync(join(home, 'plugins')), [])
})

t.test('nothing to run after --version', async (t) => {
  t.ok((await rejection(startPlugin(definition, { argv: ['--version'], env: {} }))) instanceof NothingToRun)
})
