import { freePort, skipFor, startWebServer, waitUntil } from '@infrakit/testing'
import { join } from 'node:path'
import t from 'tap'
import { openControl } from '../src/control.js'
import { listFolders } from '../src/nginx-folder.js'
import { mastersOf } from './nginxes.js'
import { ask, open, route } from './serve.js'

const skip = skipFor(['nginx'])

t.test('a server whose check fails gets nothing until it is well again, and both are told', { skip }, async (t) => {
  let well = true
  const one = await startWebServer(t, 'web-1', ({ url }, answer) => {
    answer.statusCode = url === '/health' && !well ? 500 : 200
    answer.end('web-1')
  })
  const two = await startWebServer(t, 'web-2')
  const { proxy, events } = await open(t)
  const port = await freePort()
  const Check = { Path: '/health', Interval: '50ms', Timeout: '5s', Rise: 2, Fall: 2 }
  const Backends = [{ Name: 'blue', Servers: [one.server, two.server], Check }]
  await proxy.apply({ Route: route(port, [], { Backends }) })
  const states = async () => (await proxy.describe({ Name: 'shop' })).Route.Servers.map(({ State }) => State)
  t.same(await states(), ['up', 'up'])
  well = false
  await waitUntil('it to be down', async () => (await states())[0] === 'down')
  for (let i = 0; i < 6; i++) t.equal((await ask(port)).body, 'web-2')
  well = true
  await waitUntil('it to be up', async () => (await states())[0] === 'up')
  const answers = await Promise.all(Array.from({ length: 8 }, () => ask(port)))
  t.ok(answers.some(({ body }) => body === 'web-1'))
  await waitUntil('it to be told', () => events.filter((one) => one.startsWith('proxy/servers/shop/web-1')).length >= 2)
  t.match(
    events.filter((one) => one.startsWith('proxy/servers/')),
    [/web-1 of shop is down/, /web-1 of shop is up/],
  )
})

t.test('what a check has found is known to the next plugin, also that it is over', { skip }, async (t) => {
  let well = false
  const one = await startWebServer(t, 'web-1', ({ url }, answer) => {
    answer.statusCode = url === '/health' && !well ? 500 : 200
    answer.end('web-1')
  })
  const two = await startWebServer(t, 'web-2')
  const first = await open(t)
  const Check = { Path: '/health', Interval: '50ms', Timeout: '5s', Rise: 2, Fall: 2 }
  const Backends = [{ Name: 'blue', Servers: [one.server, two.server], Check }]
  await first.proxy.apply({ Route: route(await freePort(), [], { Backends }) })
  const stateOf = async ({ proxy }: typeof first) => (await proxy.describe({ Name: 'shop' })).Route.Servers[0]?.State
  await waitUntil('it to be down', async () => (await stateOf(first)) === 'down')
  await first.close()
  const second = await open(t, { dir: first.dir })
  t.equal(await stateOf(second), 'down')
  const [master = 0] = mastersOf(first.dir)
  process.kill(master, 'SIGKILL')
  await waitUntil('another', () => mastersOf(first.dir).some((pid) => pid !== master))
  await waitUntil('it to be asked', async () => (await stateOf(second)) !== 'unknown')
  await waitUntil('it to be told', async () => (await stateOf(second)) === 'down')
  await second.close()
  well = true
  const third = await open(t, { dir: first.dir })
  await waitUntil('it to be up', async () => (await stateOf(third)) === 'up')
})

t.test('an nginx that has come to know otherwise than a check has found is told again', { skip }, async (t) => {
  const one = await startWebServer(t, 'web-1', (_, answer) => {
    answer.statusCode = 500
    answer.end()
  })
  const { proxy, dir } = await open(t)
  const Backends = [{ Name: 'blue', Servers: [one.server], Check: { Path: '/', Interval: '50ms', Fall: 1 } }]
  await proxy.apply({ Route: route(await freePort(), [], { Backends }) })
  const state = async () => (await proxy.describe({ Name: 'shop' })).Route.Servers[0]?.State
  await waitUntil('it to be down', async () => (await state()) === 'down')
  const [folder = ''] = await listFolders(join(dir, 'nginx'))
  const control = openControl(join(folder, 'control'))
  t.teardown(() => control.close())
  await control.setDown('shop', 'web-1', false)
  await waitUntil('it to be down again', async () => (await state()) === 'down')
})

t.test('a connection that fails is tried elsewhere, and the server rests after so many', { skip }, async (t) => {
  const [one, two] = [await startWebServer(t, 'web-1'), await startWebServer(t, 'web-2')]
  const { proxy } = await open(t, { workers: 1 })
  const port = await freePort()
  await proxy.apply({ Route: route(port, [one.server, two.server], { MaxFails: 2, FailTimeout: '1h' }) })
  await one.end()
  for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'GET', 'POST']) {
    t.match(await ask(port, { method, ...(method === 'GET' ? {} : { body: 'x' }) }), { status: 200, body: 'web-2' })
  }
  const servers = async () => (await proxy.describe({ Name: 'shop' })).Route.Servers
  // Counted a moment after the client has its answer.
  await waitUntil('all to be counted', async () => (await servers())[1]?.Requests === 6)
  const [first, second] = await servers()
  t.match(first, { State: 'down', ConnectErrors: 2, Requests: 0 })
  t.match(second, { State: 'up', Requests: 6, Answers: { '2xx': 6 }, Retries: 2 })
})

t.test('what was sent and not answered is sent again only if that does no harm', { skip }, async (t) => {
  const cutting = await startWebServer(
    t,
    'web-1',
    (asked) => void asked.resume().once('end', () => asked.socket.destroy()),
  )
  const two = await startWebServer(t, 'web-2')
  const { proxy } = await open(t, { workers: 1 })
  const port = await freePort()
  await proxy.apply({ Route: route(port, [cutting.server, two.server], { MaxFails: 0 }) })
  const statuses = async (method: string, body?: string) => {
    const all = await Promise.all(Array.from({ length: 6 }, () => ask(port, { method, ...(body && { body }) })))
    return [...new Set(all.map(({ status }) => status))].sort()
  }
  t.same(await statuses('GET'), [200])
  t.same(await statuses('PUT', 'x'.repeat(16_000)), [200])
  t.same(await statuses('DELETE'), [200])
  t.same(await statuses('POST', 'x'), [200, 502])
  t.same(cutting.asked.filter(({ method }) => method === 'POST').length, 3, 'each POST reached one server')
})

t.test('an answer that ends too early is no whole answer for the client either', { skip }, async (t) => {
  const cutting = await startWebServer(t, 'web-1', (asked, answer) => {
    answer.writeHead(200, { 'content-length': 1000 })
    answer.write('some', () => asked.socket.destroy())
  })
  const { proxy } = await open(t)
  const port = await freePort()
  await proxy.apply({ Route: route(port, [cutting.server]) })
  await t.rejects(ask(port))
  const server = async () => (await proxy.describe({ Name: 'shop' })).Route.Servers[0]
  await waitUntil('it to be counted', async () => (await server())?.AnswerErrors === 1)
  t.match(await server(), { InFlight: 0 })
})

t.test('slow is not dead: it gets 504 and is not asked again', { skip }, async (t) => {
  const one = await startWebServer(t, 'web-1', () => undefined)
  const two = await startWebServer(t, 'web-2', () => undefined)
  const { proxy } = await open(t)
  const port = await freePort()
  await proxy.apply({ Route: route(port, [one.server, two.server], { Timeouts: { Server: '100ms' } }) })
  t.equal((await ask(port)).status, 504)
  t.equal(one.asked.length + two.asked.length, 1)
})

t.test('the least busy is next with least_conn, and the same for an address with ip_hash', { skip }, async (t) => {
  const [one, two] = [await startWebServer(t, 'web-1'), await startWebServer(t, 'web-2')]
  const { proxy } = await open(t)
  const port = await freePort()
  const servers = [one.server, two.server]
  await proxy.apply({ Route: route(port, servers, { Balance: 'least_conn' }) })
  const held = ask(port, { path: '/hold' })
  const busy = await waitUntil('it to be asked', () => [one, two].find(({ asked }) => asked.length === 1))
  const free = busy === one ? 'web-2' : 'web-1'
  for (let i = 0; i < 6; i++) t.equal((await ask(port)).body, free)
  busy.release()
  await held
  await proxy.apply({ Route: route(port, servers, { Balance: 'ip_hash' }) })
  const answers = await Promise.all(Array.from({ length: 10 }, async () => (await ask(port)).body))
  t.equal(new Set(answers).size, 1)
})

t.test('bodies are handed on as they come, both ways', { skip }, async (t) => {
  const pieces: number[] = []
  const echo = await startWebServer(t, 'web-1', (asked, answer) => {
    answer.writeHead(200, { 'content-type': 'text/event-stream' })
    answer.write('begun')
    asked.on('data', (piece: Buffer) => pieces.push(piece.length)).once('end', () => answer.end('ended'))
  })
  const { proxy } = await open(t)
  const port = await freePort()
  await proxy.apply({ Route: route(port, [echo.server]) })
  const { request } = await import('node:http')
  const sent = request({
    host: '127.0.0.1',
    port,
    method: 'POST',
    agent: false,
    headers: { 'transfer-encoding': 'chunked' },
  })
  let heard = ''
  sent.once('response', (response) => response.setEncoding('utf8').on('data', (text: string) => (heard += text)))
  sent.write('a'.repeat(1000))
  await waitUntil('the first of the answer', () => heard === 'begun')
  sent.write('b'.repeat(100_000))
  const sum = () => pieces.reduce((all, one) => all + one, 0)
  await waitUntil('the second piece', () => sum() === 101_000)
  sent.end()
  await waitUntil('the end', () => heard === 'begunended')
})
