import { fenceInterface, resolveInterface } from '@infrakit/spi'
import { startProcess, temporaryFolder } from '@infrakit/testing'
import { join } from 'node:path'
import t from 'tap'
import { executable, serve } from './serve.js'
import { needsTerraform, one, rejection } from './support.js'

t.test('all interfaces are served over the socket', needsTerraform, async (t) => {
  const home = await temporaryFolder(t)
  const { client, instance } = await serve(t, home)
  const { objects } = await client.handshake()
  t.same(objects.map(({ name }) => name).sort(), ['Event', 'Fence', 'Instance', 'Logs', 'Resolve'])
  t.match(await client.bind(resolveInterface).resolve({ Properties: one() }), { Resolved: null })
  const { ID } = await instance.provision({ Spec: { Properties: one() } })
  await client.bind(fenceInterface).raise({ Scope: 's', Epoch: 2 })
  t.match(await rejection(instance.destroy({ Instance: ID, Fence: { Scope: 's', Epoch: 1 } })), { kind: 'conflict' })
  await instance.destroy({ Instance: ID })
})

t.test('what it cannot start with ends it with a clear line', needsTerraform, async (t) => {
  const home = await temporaryFolder(t)
  const env = { INFRAKIT_HOME: home, INFRAKIT_PLUGINS_DIR: join(home, 'p') }
  await serve(t, home)
  const cases: [args: string[], words: RegExp][] = [
    [['--poll-interval', 'often'], /--poll-interval: expected a duration such as "30s"/],
    [['--terraform', 'no-such-program'], /--terraform: there is no program 'no-such-program'/],
    [['--dir', executable], /something else of that name|cannot use/],
    [[], /the folder of instances .* is in use by process \d+/],
  ]
  for (const [args, words] of cases) {
    const { exited, output } = startProcess(t, executable, ['--name', 'twin', ...args], env)
    t.not((await exited).code, 0)
    t.match(output(), words)
  }
})
