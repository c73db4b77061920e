import { freePort, rejection, skipFor, startWebServer, temporaryFolder, waitUntil } from '@infrakit/testing'
import t from 'tap'
import { mastersOf } from './nginxes.js'
import { ask, open, route } from './serve.js'

const skip = skipFor(['nginx'])

t.test('without the Lua module a hitless route is refused, naming the package', { skip }, async (t) => {
  const { proxy, dir } = await open(t, { modules: await temporaryFolder(t) })
  const Route = route(await freePort(), [])
  for (const call of [proxy.validate({ Route }), proxy.apply({ Route })]) {
    t.match(await rejection(call), {
      kind: 'incompatible',
      path: 'Hitless',
      message: /ngx_http_lua_module.so is not there/,
      hint: /libnginx-mod-http-lua/,
    })
  }
  t.same(await proxy.list({}), { Routes: [] })
  t.same(mastersOf(dir), [])
  await proxy.validate({ Route: { ...Route, Hitless: false } })
})

t.test('one that need not be is served by reloads, and a drain waits for the old workers', { skip }, async (t) => {
  const [one, two] = [await startWebServer(t, 'web-1'), await startWebServer(t, 'web-2')]
  const seen = await startWebServer(t, 'api', (asked, answer) => void answer.end(`api ${asked.url}`))
  const port = await freePort()
  const more = { Hitless: false }
  const { proxy, dir, close } = await open(t, { modules: await temporaryFolder(t) })
  await proxy.apply({ Route: route(port, [one.server], more) })
  await proxy.apply({
    Route: route(port, [seen.server], { ...more, Name: 'api', PathPrefix: '/api', StripPrefix: true }),
  })
  t.equal((await ask(port)).body, 'web-1')
  t.equal((await ask(port, { path: '/api/x?y', headers: { host: 'a' } })).body, 'api /x?y')
  t.equal((await ask(port, { path: '/apix' })).body, 'web-1')
  const slow = ask(port, { path: '/hold' })
  await waitUntil('it to be asked', () => one.held() === 1)
  await proxy.apply({ Route: route(port, [two.server], more) })
  for (let i = 0; i < 8; i++) t.equal((await ask(port)).body, 'web-2')
  const asked = { Name: 'shop', Owner: 'me', Server: 'web-1' }
  const { InFlight } = await proxy.drain({ ...asked, TimeoutSeconds: 0.05 })
  t.ok(InFlight > 0)
  const drained = proxy.drain(asked)
  one.release()
  t.equal((await slow).body, 'web-1')
  t.match(await drained, { InFlight: 0 })
  const masters = mastersOf(dir)
  await close()
  const again = await open(t, { dir, modules: await temporaryFolder(t) })
  t.same(mastersOf(dir), masters, 'taken over')
  const [master = 0] = masters
  process.kill(master, 'SIGKILL')
  await waitUntil('another', () => mastersOf(dir).some((pid) => pid !== master))
  await waitUntil('it to serve', async () => (await ask(port)).body === 'web-2')
  await again.proxy.drain({ Name: 'shop', Owner: 'me', Server: 'web-2' })
  t.equal((await ask(port)).status, 503)
  t.equal((await ask(port, { path: '/api' })).body, 'api /')
})
