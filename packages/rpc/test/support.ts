import { once } from 'node:events'
import { createServer as createHttpServer, request, type IncomingMessage, type RequestListener } from 'node:http'
import { connect, createServer as createNetServer, type Socket } from 'node:net'
import { join } from 'node:path'
import type { Instance } from '@infrakit/spi'
import { temporaryFolder, type Teardown } from '@infrakit/testing'
import { createClient, type Address, type ClientOptions } from '../src/client.js'
import { createServer, type PluginServer, type ServerOptions } from '../src/index.js'

const vendor = { name: 'test', version: '1.2.3', url: 'https://example.org/test' }

/** A server on a socket in a folder of its own, closed when the test is over. */
export async function serve(
  t: Teardown,
  options: Partial<ServerOptions>,
  path?: string,
): Promise<{ path: string; server: PluginServer }> {
  const socket = path ?? join(await temporaryFolder(t), 'plugin')
  const server = createServer({ offers: [], vendor, ...options })
  await server.listen({ path: socket })
  t.teardown(() => server.close(0))
  return { path: socket, server }
}

/** An instance plugin that does nothing, with some handlers replaced. */
export function instance(handlers: Partial<Instance> = {}): Instance {
  return {
    validate: () => Promise.resolve(),
    provision: () => Promise.resolve({ ID: 'i-1' }),
    label: () => Promise.resolve(),
    destroy: () => Promise.resolve(),
    describeInstances: () => Promise.resolve({ Descriptions: [] }),
    ...handlers,
  }
}

export interface Reply {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly text: string
}

/** One HTTP request on a connection of its own. */
export async function send(
  path: string,
  options: { method?: string; url?: string; headers?: Record<string, string> },
  body?: string | Buffer,
): Promise<Reply> {
  const { method = 'POST', url = '/', headers = {} } = options
  const req = request({ socketPath: path, method, path: url, headers, agent: false })
  const response = once(req, 'response')
  // A refused body may break off after the answer.
  req.on('error', () => undefined).end(body)
  const [res] = (await response) as [IncomingMessage]
  const chunks: Buffer[] = []
  for await (const chunk of res) chunks.push(chunk as Buffer)
  return { status: res.statusCode ?? 0, headers: res.headers, text: Buffer.concat(chunks).toString() }
}

export async function post(path: string, body: string | Buffer): Promise<string> {
  return (await send(path, { headers: { 'Content-Type': 'application/json' } }, body)).text
}

export async function rpc(path: string, method: string, params: unknown = {}): Promise<Record<string, unknown>> {
  const text = await post(path, JSON.stringify({ jsonrpc: '2.0', method, params, id: 1 }))
  return JSON.parse(text) as Record<string, unknown>
}

/** What a promise is rejected with. */
export async function failure(promise: Promise<unknown>): Promise<unknown> {
  const succeeded = Symbol()
  const outcome = await promise.then(
    () => succeeded,
    (error: unknown) => error,
  )
  if (outcome === succeeded) throw new Error('it succeeded')
  return outcome
}

/** A raw connection, and all that came over it. */
export async function dial(
  t: Teardown,
  path: string,
  allowHalfOpen = false,
): Promise<{ socket: Socket; seen: () => string }> {
  const socket = connect({ path, allowHalfOpen })
  t.teardown(() => socket.destroy())
  let text = ''
  socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  return { socket, seen: () => text }
}

/** Anything that answers HTTP on a socket. */
export async function fake(t: Teardown, listener: RequestListener, path?: string) {
  const socket = path ?? join(await temporaryFolder(t), 'fake')
  const server = createHttpServer(listener)
  server.listen(socket)
  await once(server, 'listening')
  const stop = async () => {
    server.closeAllConnections()
    if (server.listening) await new Promise((resolve) => server.close(resolve))
  }
  t.teardown(stop)
  return { path: socket, server, stop }
}

export interface Seen {
  readonly method: string
  readonly params: Record<string, unknown>
  readonly id: unknown
}

/** A plugin of the original's kind: answers methods from a table, and all else as the original does. */
export async function fakePlugin(
  t: Teardown,
  answers: Record<string, (params: Record<string, unknown>) => unknown>,
  path?: string,
) {
  const calls: Seen[] = []
  const made = await fake(
    t,
    (req, res) => {
      let text = ''
      req.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      req.on('end', () => {
        const call = JSON.parse(text) as Seen
        calls.push(call)
        const answer = answers[call.method]
        const error = { code: -32000, message: `rpc: can't find method "${call.method}"`, data: null }
        const body = answer ? { result: answer(call.params) } : { error }
        res.setHeader('Content-Type', 'text/plain; charset=utf-8')
        res.end(`${JSON.stringify({ jsonrpc: '2.0', ...body, id: call.id })}\n`)
      })
    },
    path,
  )
  return { ...made, calls }
}

/** A client that is closed when the test is over. */
export function client(t: Teardown, address: Address | string, options?: ClientOptions) {
  const made = createClient(typeof address === 'string' ? { path: address } : address, options)
  t.teardown(() => made.close())
  return made
}

/** A server that does with each connection what it is told. */
export async function raw(t: Teardown, onConnection: (socket: Socket, count: number) => void, path?: string) {
  const sockets = new Set<Socket>()
  let count = 0
  const server = createNetServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    onConnection(socket, ++count)
  })
  const where = path ?? join(await temporaryFolder(t), 'raw')
  server.listen(where)
  await once(server, 'listening')
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { path: where, count: () => count }
}

/** An HTTP answer as it is written. */
export function http(body: string, status = '200 OK', headers = ''): string {
  return `HTTP/1.1 ${status}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n${headers}\r\n${body}`
}

export const idOf = (request: string) => /"id":(\d+)/.exec(request)?.[1] ?? 'null'
