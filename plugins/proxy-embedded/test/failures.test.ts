import { Agent } from 'node:http'
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { rejection, startWebServer, waitUntil } from '@infrakit/testing'
import type { ProxyCheck } from '@infrakit/spi'
import t from 'tap'
import { ask, createWorld, raw } from './world.js'

t.test('a server that closes idle connections early fails no request, GET or POST', async (t) => {
  const world = await createWorld(t)
  const asked = { GET: 0, POST: 0 }
  const web = await startWebServer(t, 'web', (request, response) => {
    asked[request.method as 'GET' | 'POST']++
    request.resume().on('end', () => response.end('fine'))
  })
  web.http.keepAliveTimeout = 20
  // It says nothing of it, as many servers do.
  web.http.on('request', (_, response: { removeHeader(name: string): void; shouldKeepAlive: boolean }) =>
    response.removeHeader('keep-alive'),
  )
  await world.serve([web.server])
  const agent = new Agent({ keepAlive: true, maxSockets: 8 })
  t.teardown(() => agent.destroy())
  const client = async (method: 'GET' | 'POST', at: number) => {
    for (let i = 0; i < 60; i++) {
      const { status } = await ask(world.port, '/', { agent, method, ...(method === 'POST' ? { body: 'x' } : {}) })
      t.equal(status, 200)
      await sleep(15 + ((at + i) % 10))
    }
  }
  await Promise.all(Array.from({ length: 8 }, (_, at) => client(at % 2 === 0 ? 'GET' : 'POST', at)))
  t.equal(asked.POST, 240, 'nothing was sent twice that must not be')
})

t.test('what cannot be connected to is tried elsewhere, whatever is asked', async (t) => {
  const world = await createWorld(t)
  const [gone, well] = [await startWebServer(t, 'gone'), await startWebServer(t, 'well')]
  await gone.end()
  await world.serve([gone.server, well.server], { MaxFails: 0 })
  for (const method of ['GET', 'POST', 'PATCH']) {
    for (const body of ['x', 'x'.repeat(100_000)]) {
      for (let at = 0; at < 2; at++)
        t.match(await ask(world.port, '/', { method, body }), { status: 200, text: 'well' })
    }
  }
  t.match(await world.server('gone'), { ConnectErrors: 6, Retries: 6, Requests: 0 })
})

t.test('a server that fails rests, and it is told when it does and when it is back', async (t) => {
  const world = await createWorld(t)
  const [gone, well] = [await startWebServer(t, 'gone'), await startWebServer(t, 'well')]
  await gone.end()
  await world.serve([gone.server, well.server], { MaxFails: 2, FailTimeout: '5s' })
  for (let at = 0; at < 8; at++) await ask(world.port)
  t.match(await world.server('gone'), { ConnectErrors: 2, State: 'down' })
  gone.http.listen(gone.server.Port, '127.0.0.1')
  await once(gone.http, 'listening')
  t.teardown(() => gone.http.close())
  await waitUntil(
    'it to be asked again',
    async () => {
      await ask(world.port)
      return gone.asked.length > 0
    },
    30_000,
  )
  t.match(await world.server('gone'), { State: 'up' })
  await waitUntil(
    'both events',
    () => world.events.filter(({ Topic }) => Topic === 'proxy/servers/shop/gone').length === 2,
  )
  t.match(
    world.events.filter(({ Topic }) => Topic.includes('servers')),
    [{ Message: /is down: .*ECONNREFUSED/ }, { Message: /is up/ }],
  )
})

t.test('a connection that breaks before the answer: idempotent requests are sent again, others never', async (t) => {
  const world = await createWorld(t)
  const bad = await startWebServer(t, 'bad', (request) => request.resume().on('end', () => request.socket.destroy()))
  const well = await startWebServer(t, 'well')
  await world.serve([bad.server, well.server], { MaxFails: 0 })
  for (const method of ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']) {
    for (let at = 0; at < 2; at++) {
      const body = method === 'PUT' ? { body: 'x'.repeat(16 * 1024) } : {}
      t.match(await ask(world.port, '/', { method, ...body }), { status: 200 }, method)
    }
  }
  const before = [bad.asked.length, well.asked.length]
  t.same(before, [5, 10])
  const statuses = []
  for (let at = 0; at < 2; at++) statuses.push((await ask(world.port, '/', { method: 'POST', body: 'x' })).status)
  t.same(statuses.sort(), [200, 502])
  const large = 'x'.repeat(17 * 1024)
  const put = []
  for (let at = 0; at < 2; at++) put.push((await ask(world.port, '/', { method: 'PUT', body: large })).status)
  t.same(put.sort(), [200, 502], 'what is longer than 16 KB is not kept')
})

t.test('an answer that breaks off is an error at the client, never short', async (t) => {
  const world = await createWorld(t)
  const bad = await startWebServer(t, 'bad', (request, response) => {
    const length = request.url === '/length' ? { 'content-length': 1000 } : {}
    response.writeHead(200, length)
    response.write('x'.repeat(100))
    setTimeout(() => request.socket.resetAndDestroy(), 50)
  })
  await world.serve([bad.server])
  for (const path of ['/length', '/chunked']) t.ok(await rejection(ask(world.port, path)), path)
  const old = await raw(world.port, 'GET /chunked HTTP/1.0\r\n\r\n')
  t.match(old, /\[ECONNRESET\]/, 'also where the end of the connection would be that of the answer')
  t.equal(bad.asked.length, 3, 'what has begun is not tried again')
  t.match(await world.server('bad'), { AnswerErrors: 3, InFlight: 0 })
})

t.test('a client that goes away: the server is waited for, and the client is not held against it', async (t) => {
  const world = await createWorld(t)
  let finish: () => void = () => undefined
  const slow = await startWebServer(t, 'web', (request, response) => {
    request.resume()
    finish = () => response.end('done')
  })
  await world.serve([slow.server], { MaxFails: 1 })
  const leave = async (text: string) => {
    const before = slow.asked.length
    const socket = connect(world.port, '127.0.0.1')
    socket.write(text)
    await waitUntil('the server to be asked', () => slow.asked.length > before)
    socket.destroy()
    await sleep(100)
  }
  await leave('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx')
  t.match(await world.server('web'), { InFlight: 1 }, 'it is at work')
  finish()
  await waitUntil('it to be done', async () => (await world.server('web')).InFlight === 0)
  await leave('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\nx')
  await waitUntil('a body that does not come to be given up', async () => (await world.server('web')).InFlight === 0)
  t.match(await world.server('web'), { State: 'up', AnswerErrors: 0, ConnectErrors: 0 })
})

t.test('a server that answers before it has read all', async (t) => {
  const world = await createWorld(t)
  const eager = await startWebServer(t, 'web', (_, response) => response.writeHead(413).end('too much'))
  await world.serve([eager.server])
  const answer = await ask(world.port, '/', { method: 'POST', body: Buffer.alloc(3_000_000) })
  t.match(answer, { status: 413, text: 'too much' })
})

t.test('checks take a server out and bring it back, and tell', async (t) => {
  const world = await createWorld(t)
  let sick = true
  const web = await startWebServer(t, 'web', (request, response) => {
    response.statusCode = request.url === '/health' && sick ? 500 : 200
    response.end('web')
  })
  const Check = { Path: '/health', Interval: '20ms', Fall: 2, Rise: 2 }
  await world.serve([], { Backends: [{ Name: 'all', Servers: [web.server], Check }] })
  await waitUntil('it to be out', async () => (await ask(world.port)).status === 503)
  t.match(await world.server('web'), { State: 'down' })
  sick = false
  await waitUntil('it to be back', async () => (await ask(world.port)).status === 200)
  t.match(
    world.events.filter(({ Topic }) => Topic.includes('servers')),
    [{ Message: /\/health answers 500/ }, { Message: /is up/ }],
  )
})

t.test('who was out is back when another check, or none, finds him well', async (t) => {
  const world = await createWorld(t)
  const web = await startWebServer(t, 'web', (request, response) => {
    response.statusCode = request.url === '/sick' ? 500 : 200
    response.end('web')
  })
  const serve = (Check: ProxyCheck | null) =>
    world.serve([], { Backends: [{ Name: 'all', Servers: [web.server], Check }] })
  for (const next of [{ Path: '/well', Interval: '20ms' }, null]) {
    await serve({ Path: '/sick', Interval: '20ms', Fall: 1 })
    await waitUntil('it to be out', async () => (await ask(world.port)).status === 503)
    await serve(next)
    await waitUntil('it to be back', async () => (await ask(world.port)).status === 200)
    t.match(await world.server('web'), { State: 'up' })
  }
})

t.test('a host that nobody knows is refused when a route first names it, and not later', async (t) => {
  const known = new Set(['localhost'])
  const lookup = async (host: string) => {
    if (known.has(host)) return ['127.0.0.1']
    throw new Error('ENOTFOUND')
  }
  const world = await createWorld(t, { lookup })
  const web = await startWebServer(t, 'web')
  const at = (Host: string) => ({ ...web.server, Host })
  t.match(await rejection(world.serve([at('nowhere.example')])), { kind: 'input', path: 'Host' })
  await world.serve([at('localhost')])
  known.clear()
  await world.serve([at('localhost')], { Balance: 'ip_hash' })
  t.equal((await ask(world.port)).text, 'web')
})
