import { createServer as createHttp, type RequestListener } from 'node:http'
import { createServer as createHttps } from 'node:https'
import { createServer as createHttp2, type ServerHttp2Stream } from 'node:http2'
import { createServer as createTCP, type AddressInfo, type Server, type Socket } from 'node:net'
import { once } from 'node:events'
import type { InstanceDescription } from '@infrakit/spi'
import type { Teardown } from '@infrakit/testing'
import { stranger } from './certificate.js'

interface Listener {
  listen(port: number, host: string): unknown
  address(): unknown
  close(): unknown
}

/** Listens on a port of the system's choice until the test is over, and answers with it. */
async function listening(t: Teardown, server: Listener & NodeJS.EventEmitter): Promise<number> {
  const open = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    open.add(socket)
    socket.on('error', () => undefined)
    socket.once('close', () => open.delete(socket))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.close()
    for (const socket of open) socket.destroy()
  })
  return (server.address() as AddressInfo).port
}

export async function httpServer(t: Teardown, listener: RequestListener): Promise<number> {
  return listening(t, createHttp(listener))
}

/** Answers 200 to whoever trusts its certificate; `name` is told which one was asked for. */
export async function httpsServer(t: Teardown, name: (servername: string) => void): Promise<number> {
  const server = createHttps(
    {
      ...stranger,
      SNICallback: (servername, done) => {
        name(servername)
        done(null)
      },
    },
    (_, answer) => answer.end(),
  )
  server.on('tlsClientError', () => undefined)
  return listening(t, server)
}

export async function tcpServer(t: Teardown, connected: (socket: Socket) => void): Promise<number> {
  return listening(t, createTCP(connected))
}

/** An HTTP/2 server without TLS; `answer` gets the stream and what was sent on it. */
export async function grpcServer(
  t: Teardown,
  answer: (stream: ServerHttp2Stream, path: string, body: Buffer) => void,
): Promise<number> {
  const server = createHttp2()
  server.on('stream', (stream, headers) => {
    const parts: Buffer[] = []
    stream.on('error', () => undefined)
    stream.on('data', (part: Buffer) => parts.push(part))
    stream.on('end', () => answer(stream, String(headers[':path']), Buffer.concat(parts)))
  })
  server.on('sessionError', () => undefined)
  return listening(t, server as unknown as Server)
}

/** Answers a gRPC call with these bytes as its message, framed. */
export function answerGRPC(stream: ServerHttp2Stream, message: Buffer, grpcStatus = '0'): void {
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': grpcStatus }))
  const prefix = Buffer.alloc(5)
  prefix.writeUInt32BE(message.length, 1)
  stream.end(Buffer.concat([prefix, message]))
}

/** A port on which nobody listens: somebody did, and has gone. */
export async function closedPort(): Promise<number> {
  const server = createTCP()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** An instance whose port `inside` is reached at `port` of this machine. */
export function instanceAt(port: number | undefined, { id = 'i-1', inside = 80 } = {}): InstanceDescription {
  const Endpoints =
    port === undefined ? [] : [{ Host: '127.0.0.1', Port: port, ContainerPort: inside, Protocol: 'tcp' }]
  return { ID: id, LogicalID: null, Tags: { 'infrakit.group': 'web' }, Properties: { Endpoints } }
}
