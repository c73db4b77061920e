import { freePort, rejection, skipFor, startWebServer, temporaryFolder } from '@infrakit/testing'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { mastersOf } from './nginxes.js'
import { ask, open, route } from './serve.js'

const skip = skipFor(['nginx'])

t.test('a port that another process has is refused, and what was there serves on', { skip }, async (t) => {
  const one = await startWebServer(t, 'web-1')
  const { proxy, dir } = await open(t)
  const port = await freePort()
  await proxy.apply({ Route: route(port, [one.server]) })
  const masters = mastersOf(dir)
  const other = route(one.server.Port, [one.server], { Name: 'other' })
  t.match(await rejection(proxy.apply({ Route: other })), {
    kind: 'plugin-failed',
    path: 'Listen',
    message: new RegExp(`cannot listen on 127.0.0.1:${one.server.Port}: another process listens there`),
  })
  t.match(await proxy.list({}), { Routes: { length: 1 } })
  t.same(mastersOf(dir), masters)
  t.equal((await readdir(join(dir, 'nginx'))).length, 1)
  t.equal((await ask(port)).body, 'web-1')
})

t.test('a host that cannot be looked up is refused when it is applied', { skip }, async (t) => {
  const { proxy } = await open(t)
  const Route = route(await freePort(), [{ Name: 'web-1', Host: 'no-such-host.invalid', Port: 80 }])
  t.match(await rejection(proxy.apply({ Route })), {
    kind: 'input',
    message: /'no-such-host.invalid' cannot be looked up/,
  })
  t.same(await proxy.list({}), { Routes: [] })
  const one = await startWebServer(t, 'web-1')
  await proxy.apply({ Route: { ...Route, Backends: [{ Name: 'a', Servers: [{ ...one.server, Host: 'localhost' }] }] } })
})

t.test('no nginx, or one that cannot be run, ends the plugin with what to install', { skip }, async (t) => {
  const none = await rejection(open(t, { nginx: 'no-such-nginx' }))
  t.match(none, { kind: 'incompatible', message: /no program 'no-such-nginx'/, hint: /apt-get install nginx/ })
  t.match(await rejection(open(t, { nginx: '/bin/false' })), { kind: 'incompatible', hint: /apt-get install nginx/ })
})

t.test('what nginx refuses of its configuration is told with the line', { skip }, async (t) => {
  const modules = await temporaryFolder(t)
  for (const name of ['ndk_http_module.so', 'ngx_http_lua_module.so']) await writeFile(join(modules, name), 'none')
  const { proxy, dir } = await open(t, { modules })
  const words = { kind: 'plugin-failed', message: /nginx refuses its configuration: .*nginx.conf:2/s }
  t.match(await rejection(proxy.apply({ Route: route(await freePort(), []) })), words)
  t.same(await readdir(join(dir, 'nginx')), [])
})

t.test('a folder that nginx cannot be told of is refused', async (t) => {
  const dir = join(await temporaryFolder(t), 'a "$b"')
  await mkdir(dir)
  t.match(await rejection(open(t, { dir })), { kind: 'input', hint: /--state-dir/ })
  const long = join(await temporaryFolder(t), 'x'.repeat(80))
  await mkdir(long)
  t.match(await rejection(open(t, { dir: long })), { kind: 'input', message: /too long/ })
})

t.test('a route without a server that may serve answers 503, and one that no one takes 404', { skip }, async (t) => {
  const { proxy } = await open(t)
  const port = await freePort()
  await proxy.apply({ Route: route(port, [], { PathPrefix: '/shop' }) })
  t.equal((await ask(port, { path: '/shop/x' })).status, 503)
  t.equal((await ask(port)).status, 404)
})
