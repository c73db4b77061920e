import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createClient } from '@infrakit/rpc/client'
import { proxyInterface } from '@infrakit/spi'
import { freePort, rejection, startProcess, startWebServer, temporaryFolder, waitUntil } from '@infrakit/testing'
import t from 'tap'
import { get } from './servers.js'
import { haproxyProgram, killHaproxy, needsHaproxy, open, processesOf, route, server } from './support.js'

t.setTimeout(120_000)

const executable = fileURLToPath(new URL('../../bin/infrakit-proxy-haproxy.js', import.meta.url))

t.test('what it cannot start with ends it with a clear line', async (t) => {
  const home = await temporaryFolder(t)
  const env = { INFRAKIT_HOME: home, INFRAKIT_PLUGINS_DIR: join(home, 'p') }
  const fake = join(home, 'fake')
  writeFileSync(fake, '#!/bin/sh\necho HAProxy version 2.4.1\n', { mode: 0o700 })
  const cases: [args: string[], words: RegExp][] = [
    [
      ['--haproxy', 'no-such-haproxy'],
      /--haproxy: there is no program 'no-such-haproxy'[\s\S]*apt-get install haproxy/,
    ],
    [['--haproxy', fake], /is HAProxy 2\.4: 2\.6 or later is needed/],
    [['--master-socket', '/x'], /--config-dir belong together/],
  ]
  for (const [args, words] of cases) {
    const { exited, output } = startProcess(t, executable, args, env)
    t.not((await exited).code, 0)
    t.match(output(), words)
  }
})

t.test('killed at any moment it goes on where it was, and requests are served meanwhile', needsHaproxy, async (t) => {
  const [home, one, two, port] = [
    await temporaryFolder(t),
    await startWebServer(t, 'web-1'),
    await startWebServer(t, 'web-2'),
    await freePort(),
  ]
  const env = { INFRAKIT_HOME: home, INFRAKIT_PLUGINS_DIR: join(home, 'p') }
  t.teardown(() => killHaproxy(join(home, 'state', 'proxy-haproxy')))
  const client = createClient({ path: join(home, 'p', 'proxy-haproxy') })
  t.teardown(() => client.close())
  const proxy = client.bind(proxyInterface)
  const start = async () => {
    const started = startProcess(t, executable, [], env)
    await waitUntil('the plugin to listen', () => started.output().includes('listening'), 60_000)
    return started
  }
  let plugin = await start()
  await proxy.apply({ Route: route(port, [server(one)]) })
  const { objects } = await client.handshake()
  t.same(objects.map(({ name }) => name).sort(), ['Event', 'Fence', 'Proxy'])
  for (let i = 0; i < 4; i++) {
    const to = i % 2 ? one : two
    const changing = proxy.apply({ Route: route(port, [server(to)], { Timeouts: { Server: `${i + 20}s` } }) })
    changing.catch(() => undefined)
    await Promise.race([changing.catch(() => undefined), new Promise((resolve) => setTimeout(resolve, i * 60))])
    await plugin.end('SIGKILL')
    t.match(await get(port, { method: 'POST' }), /^200 web-/)
    plugin = await start()
    await proxy.apply({ Route: route(port, [server(to)], { Timeouts: { Server: `${i + 20}s` } }) })
    t.equal(await get(port), `200 ${to.name}`)
  }
  await proxy.remove({ Name: 'shop', Owner: 'me' })
  await plugin.end()
})

t.test('an HAProxy of somebody else is driven, and lives on', needsHaproxy, async (t) => {
  const [dir, one, two, port] = [
    await temporaryFolder(t),
    await startWebServer(t, 'web-1'),
    await startWebServer(t, 'web-2'),
    await freePort(),
  ]
  const [configDir, masterSocket, own] = [join(dir, 'infrakit'), join(dir, 'master'), join(dir, 'haproxy.cfg')]
  mkdirSync(configDir)
  const ownPort = await freePort()
  const other = `frontend own\n  mode http\n  timeout client 9s\n  bind 127.0.0.1:${ownPort}\n  http-request return status 200\n`
  writeFileSync(own, other)
  const driven = { masterSocket, configDir }
  const absent = await rejection(open(t, { dir: join(dir, 'state'), driven, others: [own] }))
  t.match(absent, { kind: 'unavailable', message: /no HAProxy answers/ })
  const child = spawn(haproxyProgram(), ['-W', '-S', `${masterSocket},level,admin`, '-f', own, '-f', configDir], {
    stdio: 'ignore',
  })
  const exited = once(child, 'exit')
  t.teardown(async () => {
    child.kill('SIGTERM')
    await exited
  })
  await waitUntil('haproxy', async () => (await get(ownPort)).startsWith('200'))
  const { proxy, close } = await open(t, { dir: join(dir, 'state'), driven, others: [own] })
  await proxy.apply({ Route: route(port, [server(one)]) })
  t.equal(await get(port), '200 web-1')
  await proxy.apply({ Route: route(port, [server(two)]) })
  t.equal(await get(port), '200 web-2')
  writeFileSync(own, `${other}  nonsense\n`)
  const refused = await rejection(proxy.apply({ Route: route(port, [server(two)], { Timeouts: { Server: '9s' } }) }))
  t.match(refused, { kind: 'plugin-failed', message: /haproxy\.cfg:6\]/ })
  t.equal(await get(port), '200 web-2')
  writeFileSync(own, other)
  await proxy.remove({ Name: 'shop', Owner: 'me' })
  await close()
  t.equal(child.exitCode, null)
  t.ok((await get(ownPort)).startsWith('200'))
  t.same(processesOf(join(dir, 'state')), [])
})
