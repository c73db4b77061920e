import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createClient } from '@infrakit/rpc/client'
import { fenceInterface, proxyInterface, type ProxyRoute } from '@infrakit/spi'
import {
  freePort,
  rejection,
  skipFor,
  startProcess,
  startWebServer,
  temporaryFolder,
  temporaryPlugin,
  waitUntil,
} from '@infrakit/testing'
import t, { type Test } from 'tap'
import { parse } from 'yaml'
import { endNginxes, mastersOf } from './nginxes.js'
import { ask, route } from './serve.js'
import { startClients } from './switching.js'

const skip = skipFor(['nginx'])
const main = fileURLToPath(new URL('../src/main.js', import.meta.url))
const example = fileURLToPath(new URL('../../example.yml', import.meta.url))

/** The plugin as a process of its own, and what speaks to it. */
async function serve(t: Test) {
  const plugin = await temporaryPlugin(t, main, { name: 'proxy-nginx', args: ['--workers', '2'] })
  const dir = join(plugin.home, 'state', 'proxy-nginx')
  t.teardown(async () => {
    await plugin.kill()
    await endNginxes(dir)
  })
  const client = createClient({ path: plugin.socket })
  t.teardown(() => client.close())
  return { plugin, dir, client, proxy: client.bind(proxyInterface) }
}

t.test('the example runs, and the past is refused', { skip }, async (t) => {
  const { client, proxy } = await serve(t)
  const { objects } = await client.handshake()
  t.same(objects.map(({ name }) => name).sort(), ['Event', 'Fence', 'Proxy'])
  const Route = { ...(parse(readFileSync(example, 'utf8')) as ProxyRoute), Owner: 'example' }
  t.same(await proxy.validate({ Route }), undefined)
  const [web1, web2] = [await startWebServer(t, 'web-1'), await startWebServer(t, 'web-2')]
  const [port, ports] = [await freePort(), new Map([web1, web2].map(({ server }) => [server.Name, server.Port]))]
  // The same, but for ports that are free here.
  const Backends = Route.Backends.map((one) => ({
    ...one,
    Servers: one.Servers.map((server) => ({ ...server, Port: ports.get(server.Name) ?? 0 })),
  }))
  const Fence = { Scope: 'shop', Epoch: 2 }
  await proxy.apply({ Route: { ...Route, Listen: `127.0.0.1:${port}`, Backends }, Fence })
  const answers = await Promise.all(Array.from({ length: 20 }, async () => (await ask(port)).body))
  t.same([...new Set(answers)].sort(), ['web-1', 'web-2'])
  await client.bind(fenceInterface).raise({ Scope: 'shop', Epoch: 3 })
  const late = rejection(proxy.remove({ Name: 'shop', Owner: 'example', Fence }))
  t.match(await late, { kind: 'conflict' })
  t.equal((await ask(port)).status, 200)
})

t.test('the plugin is killed again and again under load: no request fails, no change is lost', { skip }, async (t) => {
  const { plugin, dir, proxy } = await serve(t)
  const [one, two] = [await startWebServer(t, 'web-1'), await startWebServer(t, 'web-2')]
  const port = await freePort()
  await proxy.apply({ Route: route(port, [one.server]) })
  const masters = mastersOf(dir)
  const load = startClients(port, 2, (answer) => answer.startsWith('web-'))
  t.teardown(() => load.stop())
  for (let at = 0; at < 2; at++) {
    const next = at % 2 === 0 ? two : one
    const applied = rejection(proxy.apply({ Route: route(port, [next.server]) }))
    // Once before it is answered, once after.
    if (at % 2 === 0) t.equal(await applied, undefined)
    await plugin.kill()
    await applied
    await plugin.start()
    const { Routes } = await proxy.list({})
    const named = Routes[0]?.Route.Backends[0]?.Servers[0]?.Name
    if (at % 2 === 0) t.equal(named, next.server.Name)
    await waitUntil('it to be so', async () => (await ask(port)).body === named)
  }
  await load.stop()
  t.same(load.failures, [])
  t.ok(load.answered > 0)
  t.same(mastersOf(dir), masters)
})

t.test('what it cannot start with ends it with a clear line', async (t) => {
  const home = await temporaryFolder(t)
  const cases: [args: string[], words: RegExp][] = [
    [['--nginx', 'no-such-nginx'], /there is no nginx to start: .*\n.*apt-get install nginx libnginx-mod-http-lua/],
    [['--workers', 'many'], /--workers: expected a number from 1 to 99, got "many"/],
  ]
  for (const [args, words] of cases) {
    const { exited, output } = startProcess(t, main, args, { INFRAKIT_HOME: home })
    t.not((await exited).code, 0)
    t.match(output(), words)
  }
})
