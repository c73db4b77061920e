import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import { createServer, type AddressInfo } from 'node:net'
import { startWebServer, waitUntil } from '@infrakit/testing'
import t from 'tap'
import { ask, createWorld, raw } from './world.js'

t.test('requests go to servers and answers come back as they were sent', async (t) => {
  const world = await createWorld(t)
  const echo = await startWebServer(t, 'web', (request, response) => {
    const { method, url, headers } = request
    const pieces: Buffer[] = []
    request.on('data', (piece: Buffer) => pieces.push(piece))
    request.on('end', () => {
      response.writeHead(Number(headers['x-status'] ?? 200), 'Fine By Me', {
        'set-cookie': ['a=1', 'b=2'],
        'x-own': 'é',
      })
      response.end(JSON.stringify({ method, url, headers, body: Buffer.concat(pieces).toString() }))
    })
  })
  await world.serve([echo.server])
  const { port } = world

  for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
    const body = method === 'GET' ? undefined : 'some text'
    const answer = await ask(port, '/a/b?c=%20d', { method, ...(body ? { body } : {}) })
    t.match(JSON.parse(answer.text), { method, url: '/a/b?c=%20d', body: body ?? '' })
    t.match(answer, { status: 200, headers: { 'set-cookie': ['a=1', 'b=2'], 'x-own': 'é' } })
  }
  t.match(await ask(port, '/', { headers: { 'x-status': '503' } }), { status: 503 }, 'errors of the server are its own')
  t.match(await ask(port, '/', { headers: { 'x-status': '304' } }), { status: 304, text: '' })
  const head = await ask(port, '/', { method: 'HEAD' })
  t.match(head, { status: 200, text: '' })

  const chunked = await ask(port, '/', {
    method: 'POST',
    body: 'x'.repeat(40_000),
    headers: { 'transfer-encoding': 'chunked' },
  })
  t.match(JSON.parse(chunked.text), { body: 'x'.repeat(40_000), headers: { 'transfer-encoding': 'chunked' } })
  const expecting = await ask(port, '/', {
    method: 'POST',
    body: 'abc',
    headers: { expect: '100-continue', 'content-length': 3 },
  })
  t.match(JSON.parse(expecting.text), { body: 'abc' })
  t.notMatch(JSON.parse(expecting.text), { headers: { expect: /.+/ } })
  t.match(JSON.parse((await ask(port)).text), {
    headers: { forwarded: /^for=127\.0\.0\.1;host="127/, 'x-forwarded-for': '127.0.0.1' },
  })

  const old = await raw(port, 'GET /old HTTP/1.0\r\nHost: x\r\n\r\n')
  t.match(old, /^HTTP\/1\.1 200 Fine By Me\r\n/)
  t.match(old, /"url":"\/old"/)
  t.notMatch(old, /transfer-encoding/i, 'HTTP/1.0 knows no chunks')
  t.match(
    await raw(port, 'GET /half HTTP/1.1\r\nHost: x\r\n\r\n', { half: true }),
    /"url":"\/half"/,
    'a client may close its half',
  )
  t.match(
    await raw(port, 'GET http://x/abs HTTP/1.1\r\nHost: y\r\nConnection: close\r\n\r\n'),
    /"url":"\/abs".*"host":"x"/,
  )
  t.match(await world.server('web'), {
    State: 'up',
    InFlight: 0,
    Share: 1,
    AnswerErrors: 0,
    ConnectErrors: 0,
    Retries: 0,
  })
})

t.test('host and path choose the route, the longest path first', async (t) => {
  const world = await createWorld(t)
  const names = ['any', 'shop', 'api', 'deep']
  const [any, shop, api, deep] = await Promise.all(
    names.map((name) => startWebServer(t, name, (request, response) => response.end(`${name} ${request.url}`))),
  )
  if (!any || !shop || !api || !deep) return
  const Host = 'shop.test'
  await world.serve([any.server], { Name: 'any' })
  await world.serve([shop.server], { Host })
  await world.serve([api.server], { Name: 'api', Host, PathPrefix: '/api', StripPrefix: true })
  await world.serve([deep.server], { Name: 'deep', Host, PathPrefix: '/api/deep' })
  const at = async (path: string, host = 'Shop.Test:80') => (await ask(world.port, path, { headers: { host } })).text
  t.equal(await at('/x', 'else'), 'any /x')
  t.equal(await at('/x'), 'shop /x')
  t.equal(await at('/api'), 'api /')
  t.equal(await at('/api/y?z'), 'api /y?z')
  t.equal(await at('/apis'), 'shop /apis')
  t.equal(await at('/api/deep/y'), 'deep /api/deep/y')
  await world.proxy.remove({ Name: 'any', Owner: 'me' })
  t.match(await ask(world.port, '/x', { headers: { host: 'else' } }), { status: 404, text: /^404 Not Found: no route/ })
})

t.test('what goes wrong is said with a status and a short text', async (t) => {
  const world = await createWorld(t)
  const silent = await startWebServer(t, 'web', () => undefined)
  await world.serve([silent.server], { Timeouts: { Server: '300ms' } })
  t.match(await ask(world.port), { status: 504, text: '504 Gateway Timeout: the server did not answer in time\n' })
  await silent.end()
  t.match(await ask(world.port), { status: 502, text: '502 Bad Gateway: the server could not be reached\n' })
  t.match(await world.server('web'), { InFlight: 0, ConnectErrors: 1, AnswerErrors: 1 })
  await world.serve([{ ...silent.server, Weight: 0 }])
  t.match(await ask(world.port), { status: 503, text: '503 Service Unavailable: no server is there for it\n' })
  const bad = createServer((socket) => socket.on('error', () => undefined).end('nonsense\r\n\r\n')).listen(
    0,
    '127.0.0.1',
  )
  t.teardown(() => bad.close())
  await once(bad, 'listening')
  await world.serve([{ Name: 'bad', Host: '127.0.0.1', Port: (bad.address() as AddressInfo).port }])
  t.match(await ask(world.port, '/', { method: 'POST' }), { status: 502, text: /the server broke off/ })
})

t.test('server-sent events come one by one, and the server learns when nobody listens any more', async (t) => {
  const world = await createWorld(t)
  let left = false
  const live = await startWebServer(t, 'web', (request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
    request.on('close', () => (left = true))
    request.socket.on('close', () => (left = true))
    live.http.on('event', (text: string) => response.write(`data: ${text}\n\n`))
  })
  await world.serve([live.server])
  const sent = request({ port: world.port, host: '127.0.0.1', agent: false }).end()
  const [answer] = (await once(sent, 'response')) as [IncomingMessage]
  answer.setEncoding('utf8')
  for (const text of ['one', 'two']) {
    const next = once(answer, 'data')
    live.http.emit('event', text)
    t.same(await next, [`data: ${text}\n\n`])
  }
  t.match(await world.server('web'), { InFlight: 1 })
  answer.on('error', () => undefined)
  sent.destroy()
  await waitUntil('the server to learn of it', () => live.http.emit('event', 'three') && left)
  await waitUntil('nothing to be under way', async () => (await world.server('web')).InFlight === 0)
})

t.test('connections to servers are kept', async (t) => {
  const world = await createWorld(t)
  const sockets = new Set<unknown>()
  const web = await startWebServer(t, 'web', (request, response) => {
    sockets.add(request.socket)
    response.end()
  })
  await world.serve([web.server])
  for (let at = 0; at < 20; at++) await ask(world.port)
  t.equal(sockets.size, 1)
})
