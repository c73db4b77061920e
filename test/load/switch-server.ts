/**
 * Servers of a release, for tests that switch between releases under load, so many as `PORTS` says. It prints their ports. Every
 * answer says which release it is, what arrived, and has its own hash in `x-sha256`; `?slow=MS` takes so long; a WebSocket gets its messages back. `/drip` is
 * answered with a hundred pieces of a kilobyte, one after the other, with `?length` told beforehand how long that is.
 * It closes idle connections early: what relies on them shows. With `PORT` there is one server, on that port,
 * of `HOST` (default 127.0.0.1), after `DELAY_MS`. Once it was asked for `/sick` its `/health` is bad.
 * With `SLOW_MS` every answer takes so long; after `CRASH_AFTER_MS` it ends with status 3.
 */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { WebSocketServer } from 'ws'

const release = process.env.RELEASE ?? ''
const idleMs = 100
const [pieces, pieceBytes, pieceMs] = [100, 1000, 10]

async function drip(response: ServerResponse, length: boolean): Promise<void> {
  response.writeHead(200, length ? { 'content-length': pieces * pieceBytes } : {})
  for (let at = 0; at < pieces; at++) {
    response.write('x'.repeat(pieceBytes))
    await sleep(pieceMs)
  }
  response.end()
}

let sick = false

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.url === '/sick') sick = true
  if (request.url === '/health') {
    response.writeHead(sick ? 500 : 200).end()
    return
  }
  const hash = createHash('sha256')
  let bytes = 0
  for await (const piece of request) {
    hash.update(piece as Buffer)
    bytes += (piece as Buffer).length
  }
  if (request.url?.startsWith('/drip')) return drip(response, request.url.includes('length'))
  const slowMs = Number(/slow=(\d+)/.exec(request.url ?? '')?.[1] ?? process.env.SLOW_MS ?? 0)
  if (slowMs > 0) await sleep(slowMs)
  const text = JSON.stringify({ release, received: { bytes, sha256: hash.digest('hex') } })
  response.writeHead(200, {
    'content-length': text.length,
    'x-sha256': createHash('sha256').update(text).digest('hex'),
  })
  response.end(text)
}

const sockets = new WebSocketServer({ noServer: true })
sockets.on('connection', (socket) => {
  socket.on('message', (text) => socket.send(JSON.stringify({ release, text: String(text) })))
  socket.on('error', () => undefined)
})

async function listen(): Promise<number> {
  const server = createServer((request, response) => {
    serve(request, response).catch(() => response.destroy())
  })
  server.keepAliveTimeout = idleMs
  server.on('upgrade', (request, socket, head) => {
    sockets.handleUpgrade(request, socket, head, (client) => sockets.emit('connection', client, request))
  })
  server.listen(Number(process.env.PORT ?? 0), process.env.HOST ?? '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

// The first process of a container would not heed it.
process.on('SIGTERM', () => process.exit(0))
await sleep(Number(process.env.DELAY_MS || 0))
if (process.env.CRASH_AFTER_MS) {
  setTimeout(() => {
    process.stderr.write('out of coffee\n')
    process.exit(3)
  }, Number(process.env.CRASH_AFTER_MS))
}
const ports = await Promise.all(Array.from({ length: Number(process.env.PORTS ?? 1) }, listen))
process.stdout.write(`${ports.join(' ')}\n`)
