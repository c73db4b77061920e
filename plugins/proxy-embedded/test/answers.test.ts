import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'tap'
import t from 'tap'
import { ask, createWorld } from './world.js'

/** A server that answers each request's head with bytes as they are. */
async function startRaw(t: Test, answer: (socket: Socket, head: string) => void) {
  let connections = 0
  const server = createServer((socket) => {
    connections++
    socket.on('error', () => undefined)
    socket.on('data', (piece: Buffer) => answer(socket, piece.toString('latin1')))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const { port } = server.address() as { port: number }
  return { server: { Name: 'raw', Host: '127.0.0.1', Port: port }, connections: () => connections }
}

const fine = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine'

t.test('what a server sends behind an answer reaches nobody, and its connection is not used again', async (t) => {
  const world = await createWorld(t)
  const web = await startRaw(t, (socket) => socket.write(`${fine}HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil`))
  await world.serve([web.server])
  for (let at = 0; at < 3; at++) t.match(await ask(world.port), { status: 200, text: 'fine' })
  t.equal(web.connections(), 3)
})

t.test('an answer that could be read in two ways is refused', async (t) => {
  const world = await createWorld(t)
  const web = await startRaw(t, (socket) =>
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nfine\r\n0\r\n\r\n'),
  )
  await world.serve([web.server])
  t.match(await ask(world.port, '/', { method: 'POST' }), { status: 502 })
})

t.test('what comes before the answer is left out, and an answer may come byte by byte', async (t) => {
  const world = await createWorld(t)
  const web = await startRaw(t, (socket) => {
    const bytes = `HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n${fine}`
    void (async () => {
      for (const byte of bytes) {
        socket.write(byte, 'latin1')
        await sleep(1)
      }
    })()
  })
  await world.serve([web.server])
  const agent = new Agent({ keepAlive: true })
  t.teardown(() => agent.destroy())
  for (let at = 0; at < 2; at++) t.match(await ask(world.port, '/', { agent }), { status: 200, text: 'fine' })
  t.equal(web.connections(), 1)
})

t.test('a server is told what is asked, and where it ends', async (t) => {
  const world = await createWorld(t)
  const heads: string[] = []
  const web = await startRaw(t, (socket, head) => {
    heads.push(head)
    socket.write(fine)
  })
  await world.serve([web.server])
  await ask(world.port, '/a?b=c')
  await ask(world.port, '/', { method: 'POST' })
  await ask(world.port, '/', { method: 'PUT', body: 'b\u00e4' })
  t.match(heads[0], /^GET \/a\?b=c HTTP\/1\.1\r\nhost: 127\.0\.0\.1:\d+\r\n/)
  t.notMatch(heads[0], /content-length|transfer-encoding/)
  t.match(heads[1], /\r\ncontent-length: 0\r\n/)
  t.match(heads[2], /\r\ncontent-length: 3\r\n[^]*\r\n\r\nb\u00c3\u00a4$/, 'its bytes, whatever they mean')
})

t.test('while it is the turn of the client, a server is not held to be late', async (t) => {
  const world = await createWorld(t)
  const web = await startRaw(t, (socket, piece) => piece.endsWith('end') && socket.write(fine))
  await world.serve([web.server], { Timeouts: { Server: '200ms' } })
  const sent = request({ host: '127.0.0.1', port: world.port, method: 'POST', headers: { 'content-length': 20_003 } })
  const answered = once(sent, 'response') as Promise<[{ statusCode: number }]>
  sent.write('x'.repeat(20_000))
  await sleep(700)
  sent.end('end')
  const [{ statusCode }] = await answered
  t.equal(statusCode, 200)
  const late = request({ host: '127.0.0.1', port: world.port, method: 'POST', headers: { 'content-length': 20_000 } })
  const given = once(late, 'response') as Promise<[{ statusCode: number }]>
  late.end('x'.repeat(20_000))
  t.equal((await given)[0].statusCode, 504, 'but when all was sent it is')
})
