import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AnswerHead } from './answer-reader.js'
import { bodyKind, framing, keep, type Body } from './body.js'
import { choose } from './choose.js'
import { AnswerTimeout, type Asker, type Connection } from './connection.js'
import { ConnectTimeout } from './connections.js'
import { addressOf, headOf, toClient, toServer } from './headers.js'
import { refuse, reset } from './refuse.js'
import type { Route } from './route.js'
import type { Server } from './server.js'
import { pathFor, type Target } from './target.js'
import type { UnderWay } from './under-way.js'

interface Failure {
  readonly server: Server
  readonly status: number
  readonly why: string
}

const none: ReadonlySet<Server> = new Set()

/** Sending one of these twice does what sending it once does. */
const idempotent = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'TRACE'])

/** So often a request may be broken off by a server that had taken it, before it is given up. */
const maxBroken = 3

/**
 * One request and its answer. It is counted at its server from the turn in which that one was chosen until the server is done with
 * it, also when the client went away meanwhile.
 */
export class Exchange implements UnderWay, Asker {
  place: number | undefined
  readonly #client: string
  #body: Body = { kind: 'none' }
  #server: Server | undefined
  #connection: Connection | undefined
  /** Stops connecting to the server. */
  #stopOpening: (() => void) | undefined
  /** Servers that could not be reached, or broke off. */
  #failed: ReadonlySet<Server> = none
  #broken = 0
  #freshOnly = false
  /** Whether the client has got the beginning of an answer. */
  #begun = false
  #over = false
  #clientGone = false
  #sentAt = 0
  #answer: { keepsAlive: boolean; promisedMs: number; status: number } | undefined

  constructor(
    private readonly route: Route,
    private readonly target: Target,
    private readonly request: IncomingMessage,
    private readonly response: ServerResponse,
    private readonly proto: 'http' | 'https',
  ) {
    this.#client = addressOf(request.socket)
  }

  start(): void {
    const { request, response } = this
    request.on('error', () => undefined)
    response.on('error', () => undefined)
    response.once('close', () => {
      if (!response.writableFinished) this.#clientLeft()
    })
    const kind = bodyKind(request)
    if (kind === 'kept') {
      keep(request, (bytes) => {
        this.#body = { kind, bytes }
        this.#attempt()
      })
      return
    }
    this.#body = { kind }
    this.#attempt()
  }

  /**
   * Whether it is the client's turn: to send more of its request, or to read more of its answer. One that has closed its half, as
   * one does that goes away, and gets an answer that does not go on, is taken for gone.
   */
  waitsForClient(): boolean {
    const { request, response } = this
    if (response.writableNeedDrain || (!request.complete && !request.isPaused())) return true
    return this.#begun && request.socket.readableEnded
  }

  cut(): void {
    const [connection, stopOpening] = [this.#connection, this.#stopOpening]
    this.#end()
    reset(this.request.socket)
    stopOpening?.()
    connection?.close()
  }

  // Towards the server.

  /** @param before the server that failed it, and what to say when there is no other one */
  #attempt(before?: Failure): void {
    if (this.#over) return
    if (this.#isGone()) return this.#end()
    const server = choose(this.route, this.#client, this.#failed, performance.now())
    if (!server) return this.#giveUp(before?.status ?? 503, before?.why ?? 'no server is there for it')
    // In the turn of the choice: who takes the server out from here on sees that it is busy.
    server.underWay.add(this)
    this.#server = server
    if (before) before.server.counters.Retries++
    const known = this.#mayReuse() && server.connections.take(this.#isRepeatable() ? 'any' : 'promised')
    if (known) return this.#send(server, known)
    const { connectMs } = this.route.settled.timeouts
    this.#stopOpening = server.connections.open(connectMs, (error, made) => {
      this.#stopOpening = undefined
      if (made) this.#connected(server, made)
      else if (!this.#over) this.#unreachable(server, error)
    })
  }

  #connected(server: Server, made: Connection): void {
    if (this.#over || this.#isGone()) {
      server.connections.give(made)
      return this.#end()
    }
    if (server.share > 0) return this.#send(server, made)
    // It was taken out meanwhile, and has not been sent anything.
    made.close()
    this.#leave()
    this.#attempt()
  }

  /** Nothing has been sent: any request may go elsewhere. */
  #unreachable(server: Server, error: Error | undefined): void {
    server.counters.ConnectErrors++
    server.failed(error?.message ?? 'no connection', this.route.settled)
    this.#failed = new Set([...this.#failed, server])
    this.#leave()
    const late = error instanceof ConnectTimeout
    const why = late ? 'the server did not take the connection in time' : 'the server could not be reached'
    this.#attempt({ server, status: late ? 504 : 502, why })
  }

  #send(server: Server, connection: Connection): void {
    const { request, target, route } = this
    this.#connection = connection
    this.#sentAt = performance.now()
    server.counters.Requests++
    const method = request.method ?? 'GET'
    const headers = toServer(request, target.host, { address: this.#client, proto: this.proto })
    headers.push(...framing(method, this.#body, request), 'connection', 'keep-alive')
    const head = headOf(`${method} ${pathFor(target, route.settled)}`, headers)
    const { kind, bytes } = this.#body
    const body = kind === 'stream' ? request : bytes
    connection.send({ method, head, body, timeoutMs: route.settled.timeouts.serverMs }, this)
  }

  /** Whether it may be sent again after a server may have got it. */
  #isRepeatable(): boolean {
    return this.#body.kind !== 'stream' && idempotent.has(this.request.method ?? '')
  }

  #mayReuse(): boolean {
    return !this.#freshOnly && this.#body.kind !== 'stream'
  }

  #isGone(): boolean {
    return this.#clientGone || this.request.socket.destroyed
  }

  // From the server.

  head({ status, words, headers: raw }: AnswerHead): void {
    if (this.#isGone()) return this.#connection?.close()
    const { headers, ...kept } = toClient(raw)
    this.#answer = { ...kept, status }
    this.response.writeHead(status, words, headers)
    this.#begun = true
    // Together with what came with it; what comes later must not keep it waiting.
    process.nextTick(() => this.response.flushHeaders())
  }

  body(piece: Buffer): boolean {
    if (this.response.write(piece)) return true
    this.response.once('drain', () => this.#connection?.goOn())
    return false
  }

  end(last: Buffer | undefined, reusable: boolean): void {
    const [server, connection, answer] = [this.#server, this.#connection, this.#answer]
    this.#end()
    this.response.end(last)
    if (!server || !connection || !answer) return
    server.answered(answer.status, performance.now() - this.#sentAt)
    connection.promisedMs = answer.promisedMs
    if (reusable && answer.keepsAlive) server.connections.give(connection)
    else connection.close()
  }

  failed(error: Error): void {
    const [server, connection] = [this.#server, this.#connection]
    if (this.#over || !server || !connection) return
    if (this.#begun) return this.#brokenOff(server)
    this.#leave()
    if (this.#isGone()) return this.#end()
    server.counters.AnswerErrors++
    if (error instanceof AnswerTimeout) return this.#giveUp(504, error.message)
    this.#unanswered(server, connection)
  }

  /** The connection ended after the request was sent, before its answer began. */
  #unanswered(server: Server, { used }: Connection): void {
    if (!used) {
      server.failed('it broke off a new connection', this.route.settled)
      this.#failed = new Set([...this.#failed, server])
    }
    this.#freshOnly = true
    const failure = { server, status: 502, why: 'the server broke off' }
    if (this.#isRepeatable() && ++this.#broken < maxBroken) this.#attempt(failure)
    else this.#giveUp(failure.status, failure.why)
  }

  /** What the client has got must not look whole. */
  #brokenOff(server: Server): void {
    if (!this.#isGone()) server.counters.AnswerErrors++
    this.#end()
    reset(this.request.socket)
  }

  // Towards the client.

  #clientLeft(): void {
    this.#clientGone = true
    if (this.#over) return
    // Before the answer begins the server may be at work: it is waited for. After that it learns that nobody reads.
    if (this.#begun) this.#connection?.close()
    else if (!this.#server) this.#end()
  }

  #giveUp(status: number, text: string): void {
    this.#end()
    if (!this.#isGone()) refuse(this.response, status, text)
  }

  #leave(): void {
    this.#server?.underWay.delete(this)
    this.#server = undefined
    this.#connection = undefined
    this.#stopOpening = undefined
  }

  #end(): void {
    this.#over = true
    this.#leave()
  }
}
