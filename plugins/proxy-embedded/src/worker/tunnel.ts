import { request as ask, ServerResponse, type ClientRequest, type IncomingMessage } from 'node:http'
import { connect, type Socket } from 'node:net'
import { addressOf, toClient, toServer } from './headers.js'
import { choose } from './choose.js'
import { refuse, reset } from './refuse.js'
import type { Route } from './route.js'
import type { Server } from './server.js'
import { pathFor, type Target } from './target.js'
import type { UnderWay } from './under-way.js'

export interface TunnelOptions {
  readonly route: Route | undefined
  /** What was asked for, or what is wrong with it. */
  readonly target: Target | string
  readonly request: IncomingMessage
  readonly socket: Socket
  /** What came behind the head of the request. */
  readonly head: Buffer
  readonly proto: 'http' | 'https'
}

/**
 * A connection that a client wants to become something else, a WebSocket. Only once the server has agreed are bytes handed on as
 * they come: what a client sends before that reaches nobody. It is under way at its server until both sides have ended it.
 */
export class Tunnel implements UnderWay {
  place: number | undefined
  readonly #failed = new Set<Server>()
  readonly #response: ServerResponse
  #server: Server | undefined
  #upstream: Socket | undefined
  #asked: ClientRequest | undefined
  #begunAt = 0

  constructor(private readonly options: TunnelOptions) {
    // For answers that are none to an upgrade: the server's, or ours.
    this.#response = new ServerResponse(options.request)
    this.#response.shouldKeepAlive = false
    this.#response.on('error', () => undefined)
  }

  start(): void {
    const { route, target, request, socket } = this.options
    this.#response.assignSocket(socket)
    this.#response.once('finish', () => socket.destroySoon())
    if (typeof target === 'string') return refuse(this.#response, 400, target)
    if (!route) return refuse(this.#response, 404, 'no route is there for this host and path')
    if (request.method !== 'GET') return refuse(this.#response, 400, 'a WebSocket begins with GET')
    if (request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0) {
      return refuse(this.#response, 400, 'an upgrade has no body')
    }
    socket.once('close', () => this.#end())
    this.#attempt(route, target)
  }

  cut(): void {
    const { socket } = this.options
    reset(socket)
    this.#end()
  }

  #attempt(route: Route, target: Target, status = 503, why = 'no server is there for it'): void {
    const { request, socket } = this.options
    if (socket.destroyed) return
    const server = choose(route, addressOf(socket), this.#failed, performance.now())
    if (!server) return refuse(this.#response, status, why)
    server.underWay.add(this)
    this.#server = server
    const upstream = connect({ host: server.host, port: server.port, noDelay: true, allowHalfOpen: true })
    this.#upstream = upstream
    const failed = (error: Error) => {
      server.counters.ConnectErrors++
      server.failed(error.message, route.settled)
      this.#failed.add(server)
      this.#leave()
      this.#attempt(route, target, 502, 'the server could not be reached')
    }
    const { connectMs } = route.settled.timeouts
    upstream.setTimeout(connectMs, () => upstream.destroy(new Error(`no connection after ${connectMs} ms`)))
    upstream.once('error', failed)
    upstream.once('connect', () => {
      upstream.off('error', failed)
      upstream.on('error', () => upstream.destroy())
      upstream.setTimeout(0)
      if (server.share > 0) return this.#ask(server, upstream, route, target, request)
      upstream.destroy()
      this.#leave()
      this.#attempt(route, target)
    })
  }

  #ask(server: Server, upstream: Socket, route: Route, target: Target, request: IncomingMessage): void {
    server.counters.Requests++
    this.#begunAt = performance.now()
    const headers = toServer(request, target.host, {
      address: addressOf(this.options.socket),
      proto: this.options.proto,
    })
    const asked = ask({
      method: 'GET',
      path: pathFor(target, route.settled),
      headers: [...headers, 'connection', 'Upgrade', 'upgrade', 'websocket'],
      setHost: false,
      createConnection: () => upstream,
    })
    this.#asked = asked
    asked.setTimeout(route.settled.timeouts.serverMs, () => {
      refuse(this.#response, 504, 'the server did not answer in time')
      this.#end()
    })
    asked.once('upgrade', (answer, _, head) => this.#open(server, upstream, route, answer, head))
    asked.once('response', (answer) => this.#refused(server, answer))
    asked.once('error', () => {
      if (this.#server !== server) return
      server.counters.AnswerErrors++
      refuse(this.#response, 502, 'the server broke off')
      this.#end()
    })
    asked.end()
  }

  /** The server answers as to any request. */
  #refused(server: Server, answer: IncomingMessage): void {
    server.answered(answer.statusCode ?? 502, performance.now() - this.#begunAt)
    this.#response.writeHead(answer.statusCode ?? 502, answer.statusMessage, toClient(answer.rawHeaders).headers)
    answer.pipe(this.#response)
    answer.once('close', () => {
      if (!answer.complete) reset(this.options.socket)
      this.#end()
    })
  }

  #open(server: Server, upstream: Socket, route: Route, answer: IncomingMessage, head: Buffer): void {
    server.answered(101, performance.now() - this.#begunAt)
    const { socket } = this.options
    this.#response.detachSocket(socket)
    const lines = pairs([...toClient(answer.rawHeaders).headers, 'connection', 'Upgrade', 'upgrade', 'websocket'])
    const text = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')
    socket.write(`HTTP/1.1 101 Switching Protocols\r\n${text}\r\n`)
    if (head.length > 0) socket.write(head)
    if (this.options.head.length > 0) upstream.write(this.options.head)
    socket.pipe(upstream)
    upstream.pipe(socket)
    const { clientMs, serverMs } = route.settled.timeouts
    // Bytes in either direction count for both.
    upstream.setTimeout(Math.max(clientMs, serverMs), () => this.cut())
    socket.setTimeout(0)
    upstream.once('close', () => {
      if (!upstream.readableEnded) reset(socket)
      else socket.end()
      this.#end()
    })
  }

  #leave(): void {
    this.#server?.underWay.delete(this)
    this.#server = undefined
  }

  #end(): void {
    this.#asked?.destroy()
    this.#upstream?.destroy()
    this.#leave()
  }
}

function pairs(flat: readonly string[]): [string, string][] {
  return flat.flatMap((name, at) => (at % 2 === 0 ? [[name, flat[at + 1] ?? ''] as [string, string]] : []))
}
