import { createServer, type IncomingMessage, type Server as HttpServer, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { Socket } from 'node:net'
import type { SecureContext } from 'node:tls'
import { Exchange } from './exchange.js'
import { withoutUpgrade } from './headers.js'
import { refuse, reset } from './refuse.js'
import type { Table } from './table.js'
import { targetOf } from './target.js'
import { Tunnel } from './tunnel.js'

/** A request's head may be this long (bytes). Longer ones get 431. */
const maxHeaderSize = 16 * 1024

const underWay = Symbol('under way')
/** A client's connection, with what it waits for. No `Map` has it, for the reason that `UnderWays` is no `Set`. */
type Busy = Socket & { [underWay]?: Exchange | undefined }

export interface ListenerOptions {
  readonly key: string
  readonly address: string
  readonly port: number
  readonly table: Table
  /** Of a host, or of any; for listeners that speak TLS. */
  readonly certificate: ((host: string) => SecureContext | undefined) | undefined
}

/** One address and port, and the requests that come in there. */
export class Listener {
  readonly #server: HttpServer
  /** What came in before there were routes to take it. */
  #waiting: (() => void)[] | undefined = []
  #ending = false

  constructor(private readonly options: ListenerOptions) {
    const { certificate } = options
    const common = {
      maxHeaderSize,
      // A head has to come within the time that is set below; a body may take as long as it keeps coming.
      requestTimeout: 0,
      connectionsCheckingInterval: 500,
      noDelay: true,
    }
    this.#server = certificate
      ? createTlsServer({
          ...common,
          ALPNProtocols: ['http/1.1'],
          SNICallback: (host, done) => done(null, certificate(host.toLowerCase())),
        })
      : createServer(common)
    // A client may close its half once it has asked.
    Object.assign(this.#server, { httpAllowHalfOpen: true })
    this.#server.on('request', (request, response) => this.#take(request, response))
    this.#server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket as Socket, head))
    this.#server.on('connect', (_, socket) => {
      socket.on('error', () => undefined)
      socket.end('HTTP/1.1 405 Method Not Allowed\r\ncontent-length: 0\r\nconnection: close\r\n\r\n')
    })
    this.#server.on('timeout', (socket) => {
      const exchange = (socket as Busy)[underWay]
      if (!exchange) socket.destroy()
      else if (exchange.waitsForClient()) reset(socket)
    })
    this.patience(60_000)
  }

  /** How long a client may be silent. */
  patience(ms: number): void {
    this.#server.timeout = ms
    this.#server.keepAliveTimeout = ms
    this.#server.headersTimeout = Math.min(ms, 60_000)
  }

  /** Rejects when the port is taken, or may not be used. */
  async listen(): Promise<void> {
    const { address, port } = this.options
    await new Promise<void>((done, failed) => {
      this.#server.once('error', failed)
      this.#server.listen({ port, ...(address === '' ? {} : { host: address }) }, () => {
        this.#server.off('error', failed)
        this.#server.on('error', () => undefined)
        done()
      })
    })
  }

  /** Its routes are there, or will not come: what has waited for them goes on. */
  begin(): void {
    const waiting = this.#waiting ?? []
    this.#waiting = undefined
    for (const goOn of waiting) goOn()
  }

  get secure(): boolean {
    return this.options.certificate !== undefined
  }

  get listening(): boolean {
    return this.#server.listening
  }

  /** The certificate for clients that name no host. */
  useDefault(context: { cert: string; key: string }): void {
    if ('setSecureContext' in this.#server) {
      ;(this.#server as HttpServer & { setSecureContext(options: object): void }).setSecureContext(context)
    }
  }

  /** Takes no new connections and ends those on which nothing is asked. Resolves when all is answered. */
  async close(): Promise<void> {
    this.#ending = true
    this.begin()
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    this.#server.closeIdleConnections()
    await closed
  }

  /** Ends all connections. */
  cut(): void {
    this.#server.closeAllConnections()
  }

  #take(request: IncomingMessage, response: ServerResponse): void {
    if (this.#waiting) return void this.#waiting.push(() => response.destroyed || this.#take(request, response))
    if (this.#ending) response.shouldKeepAlive = false
    const target = targetOf(request)
    if (typeof target === 'string') return refuse(response, 400, target)
    if (request.httpVersion === '1.0' && request.headers['transfer-encoding'] !== undefined) {
      response.shouldKeepAlive = false
      return refuse(response, 400, 'HTTP/1.0 knows no Transfer-Encoding')
    }
    const route = this.options.table.find(this.options.key, target.hostname, target.path)
    if (!route) return refuse(response, 404, 'no route is there for this host and path')
    const { socket } = request
    const { clientMs } = route.settled.timeouts
    if (socket.timeout !== clientMs) socket.setTimeout(clientMs)
    const exchange = new Exchange(route, target, request, response, this.#proto)
    const busy = socket as Busy
    busy[underWay] = exchange
    response.once('close', () => {
      // Another one may have begun behind it.
      if (busy[underWay] === exchange) busy[underWay] = undefined
    })
    exchange.start()
  }

  #upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    if (!/^websocket$/i.test(request.headers.upgrade ?? '')) return this.#readAgain(request, socket, head)
    socket.on('error', () => socket.destroy())
    if (this.#waiting) return void this.#waiting.push(() => socket.destroyed || this.#upgrade(request, socket, head))
    const target = targetOf(request)
    const route =
      typeof target === 'string' ? undefined : this.options.table.find(this.options.key, target.hostname, target.path)
    new Tunnel({ route, target, request, socket, head, proto: this.#proto }).start()
  }

  /** A client that would like another protocol is answered in this one: the request is read as if it had not asked for it. */
  #readAgain(request: IncomingMessage, socket: Socket, head: Buffer): void {
    socket.unshift(Buffer.concat([Buffer.from(withoutUpgrade(request), 'latin1'), head]))
    this.#server.emit(this.secure ? 'secureConnection' : 'connection', socket)
  }

  get #proto(): 'http' | 'https' {
    return this.secure ? 'https' : 'http'
  }
}
