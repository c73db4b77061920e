import { once } from 'node:events'
import { request, type IncomingMessage, type RequestOptions } from 'node:http'
import { connect } from 'node:net'
import { buffer } from 'node:stream/consumers'
import type { Lookup } from '@infrakit/proxy'
import type { LiveServer, ProxyRoute, ProxyServer } from '@infrakit/spi'
import { freePort, temporaryFolder, type Teardown } from '@infrakit/testing'
import { createEmbeddedProxy, type EmbeddedProxy } from '../src/index.js'

export interface World extends EmbeddedProxy {
  /** Where `route` listens. */
  readonly port: number
  readonly events: { Topic: string; Message: string }[]
  readonly warned: string[]
  /** A route called `shop` to these servers, applied. */
  serve(servers: readonly ProxyServer[], more?: Partial<ProxyRoute>): Promise<void>
  server(name: string): Promise<LiveServer>
}

export interface WorldOptions {
  readonly workers?: number
  readonly dir?: string
  readonly graceMs?: number
  readonly lookup?: Lookup
}

/** A proxy on a free port; it ends with the test. */
export async function createWorld(
  t: Teardown,
  { workers = 1, dir, graceMs = 1000, lookup }: WorldOptions = {},
): Promise<World> {
  const folder = dir ?? (await temporaryFolder(t))
  const events: World['events'] = []
  const warned: string[] = []
  const log = {
    warn: (fields: object, message: string) => void warned.push(`${message} ${JSON.stringify(fields)}`),
    info: () => undefined,
  }
  const made = await createEmbeddedProxy({
    dir: folder,
    workers,
    graceMs,
    log,
    lookup,
    publish: (event) => void events.push(event),
  })
  t.teardown(() => made.close())
  const port = await freePort()
  return {
    proxy: made.proxy,
    close: () => made.close(),
    get pids() {
      return made.pids
    },
    port,
    events,
    warned,
    async serve(servers, more = {}) {
      await made.proxy.apply({ Route: routeTo(port, servers, more) })
    },
    async server(name) {
      const { Route } = await made.proxy.describe({ Name: 'shop' })
      const found = Route.Servers.find((one) => one.Name === name)
      if (!found) throw new Error(`there is no server ${name}`)
      return found
    },
  }
}

export function routeTo(port: number, Servers: readonly ProxyServer[], more: Partial<ProxyRoute> = {}): ProxyRoute {
  return {
    Name: 'shop',
    Owner: 'me',
    Listen: `127.0.0.1:${port}`,
    Backends: [{ Name: 'all', Servers: [...Servers] }],
    ...more,
  }
}

export interface Answered {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly text: string
}

export interface Asking extends Omit<RequestOptions, 'headers'> {
  readonly headers?: Record<string, string | number>
  readonly body?: string | Buffer
}

/** Asks once, on a connection of its own unless an agent is given. Rejects when the answer does not come whole. */
export async function ask(port: number, path = '/', { body, headers, ...options }: Asking = {}): Promise<Answered> {
  const length =
    body === undefined || (headers && 'transfer-encoding' in headers)
      ? {}
      : { 'content-length': Buffer.byteLength(body) }
  const sent = request({ host: '127.0.0.1', port, path, agent: false, ...options, headers: { ...length, ...headers } })
  const answered = once(sent, 'response') as Promise<[IncomingMessage]>
  // What comes after the answer has begun shows in the answer.
  sent.on('error', () => undefined)
  sent.end(body)
  const [response] = await answered
  const bytes = await buffer(response)
  if (!response.complete) throw new Error('the answer is not whole')
  return { status: response.statusCode ?? 0, headers: response.headers, text: bytes.toString() }
}

/** Sends bytes as they are and answers with all that comes back until the other side closes. */
export async function raw(port: number, text: string | Buffer, { half = false } = {}): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  let answer = ''
  socket.setEncoding('latin1').on('data', (piece: string) => (answer += piece))
  socket.on('error', (error) => (answer += `[${(error as { code?: string }).code}]`))
  if (half) socket.end(text)
  else socket.write(text)
  await once(socket, 'end').catch(() => undefined)
  socket.destroy()
  return answer
}
