import { once } from 'node:events'
import { createHash } from 'node:crypto'
import type { Duplex } from 'node:stream'
import { startWebServer, waitUntil } from '@infrakit/testing'
import t, { type Test } from 'tap'
import { WebSocket } from 'undici'
import { ask, createWorld, raw, type World } from './world.js'

const key = 'dGhlIHNhbXBsZSBub25jZQ=='
const upgrade = `GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n`

/** A server that agrees to WebSockets and sends back the bytes that come, frames or not. */
async function echo(t: Test, world: World, agree = true) {
  const open = new Set<Duplex>()
  const web = await startWebServer(t, 'web')
  web.http.on('upgrade', (request, socket, head) => {
    web.asked.push(request)
    socket.on('error', () => undefined)
    socket.on('close', () => open.delete(socket))
    if (!agree) return socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 2\r\n\r\nno')
    open.add(socket)
    const accept = createHash('sha1').update(
      `${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`,
    )
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: ${accept.digest('base64')}\r\n\r\n`,
    )
    if (head.length > 0) socket.write(head)
    socket.pipe(socket)
  })
  t.teardown(() => open.forEach((socket) => socket.destroy()))
  await world.serve([web.server])
  return { web, open }
}

t.test('bytes go both ways, and each side learns when the other has ended', async (t) => {
  const world = await createWorld(t)
  const { web, open } = await echo(t, world)
  t.match(
    await raw(world.port, `${upgrade}\r\nearly and late`, { half: true }),
    /^HTTP\/1.1 101 [^]*\r\n\r\nearly and late$/,
  )
  await waitUntil('the server to have ended it', () => open.size === 0)
  t.match(web.asked[0]?.headers, { forwarded: /for=127/, 'x-forwarded-for': '127.0.0.1', host: 'x' })
  await waitUntil('nothing to be under way', async () => (await world.server('web')).InFlight === 0)
  t.match(await world.server('web'), { Answers: { '1xx': 1 } })
})

t.test('a client with a WebSocket of its own agrees; it counts, and a drain waits for it or cuts it', async (t) => {
  const world = await createWorld(t)
  const { open } = await echo(t, world)
  const socket = new WebSocket(`ws://127.0.0.1:${world.port}/ws`)
  t.teardown(() => socket.close())
  await once(socket, 'open')
  t.match(await world.server('web'), { InFlight: 1, Requests: 1 })
  const asked = { Name: 'shop', Owner: 'me', Server: 'web', TimeoutSeconds: 0 }
  t.same(await world.proxy.drain(asked), { InFlight: 1, Cut: 0 })
  const closed = once(socket, 'close')
  t.same(await world.proxy.drain({ ...asked, Cut: true }), { InFlight: 0, Cut: 1 })
  await closed
  await waitUntil('the server to learn of it', () => open.size === 0)
})

t.test(
  'a server that does not agree answers as to any request, and what the client sends behind it reaches nobody',
  async (t) => {
    const world = await createWorld(t)
    const { web } = await echo(t, world, false)
    const answer = await raw(world.port, `${upgrade}\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n`)
    t.match(answer, /^HTTP\/1.1 403 Forbidden\r\n[^]*no$/)
    t.same(
      web.asked.map(({ url }) => url),
      ['/ws'],
    )
  },
)

t.test('whoever would like another protocol is answered in this one, with or without a body', async (t) => {
  const world = await createWorld(t)
  const web = await startWebServer(t, 'web', (request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (piece: string) => (body += piece))
    request.on('end', () =>
      response.end(`${request.method} ${body.length} ${request.headers.upgrade} ${request.headers['http2-settings']}`),
    )
  })
  await world.serve([web.server])
  const h2c = (more: string) =>
    `Host: x\r\nConnection: close, Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMA\r\n${more}\r\n`
  t.match(await raw(world.port, `GET / HTTP/1.1\r\n${h2c('')}`), /GET 0 undefined undefined$/)
  const text = 'x'.repeat(50_000)
  t.match(
    await raw(world.port, `POST / HTTP/1.1\r\n${h2c('Content-Length: 50000\r\n')}${text}`),
    /POST 50000 undefined/,
  )
  const chunked = `${h2c('Transfer-Encoding: chunked\r\n')}c350\r\n${text}\r\n0\r\n\r\n`
  t.match(await raw(world.port, `POST / HTTP/1.1\r\n${chunked}`), /POST 50000 undefined/)
  const both = 'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n'
  t.match(await raw(world.port, `POST / HTTP/1.1\r\n${h2c(both)}0\r\n\r\n`), /^HTTP\/1.1 400/)
})

t.test('upgrades open no way past the routes', async (t) => {
  const world = await createWorld(t)
  const { web } = await echo(t, world)
  t.match(await raw(world.port, `${upgrade}Content-Length: 5\r\n\r\nhello`), /^HTTP\/1.1 400/)
  await web.end()
  t.match(await raw(world.port, `${upgrade}\r\n`), /^HTTP\/1.1 502/)
  await world.proxy.remove({ Name: 'shop', Owner: 'me' })
  await world.serve([{ ...web.server, Weight: 0 }])
  t.match(await raw(world.port, `${upgrade}\r\n`), /^HTTP\/1.1 503/)
})

t.test('control: an ordinary request beside them is answered', async (t) => {
  const world = await createWorld(t)
  await echo(t, world)
  t.match(await ask(world.port), { text: 'web' })
})
