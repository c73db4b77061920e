import { connect, type Socket } from 'node:net'
import { Client } from 'undici'
import { reset } from './refuse.js'

/** A connection to a server, for one request at a time. */
export interface Connection {
  readonly client: Client
  readonly socket: Socket
  /** Whether it has carried a request before. */
  used: boolean
  idleSince: number
  /** For how long the server said that it keeps an idle connection (ms); 0 when it said nothing. */
  promisedMs: number
}

/**
 * `any` idle connection will do; only one that the server has `promised` to keep, for a request that must not be sent twice.
 */
export type Reuse = 'any' | 'promised'

const maxIdle = 256
const idleMs = 4000

/** The connections to one server. Each is used by one request at a time, and made by hand: nothing is sent twice unasked. */
export class Connections {
  readonly #idle: Connection[] = []
  #open = true

  constructor(
    private readonly host: string,
    private readonly port: number,
  ) {}

  /** An idle connection, the one used last. A server may close it at any moment. */
  take(reuse: Reuse): Connection | undefined {
    for (let last = this.#idle.at(-1); last; last = this.#idle.at(-1)) {
      const alive = !last.socket.destroyed && !last.socket.readableEnded
      // Half of it: the server counts from when it sent its answer, and by a clock of its own.
      if (alive && reuse === 'promised' && performance.now() - last.idleSince > last.promisedMs / 2) return undefined
      this.#idle.pop()
      if (alive) return last
    }
    return undefined
  }

  /** Makes a new one. Nothing has been sent when `done` is called, once. @returns how to stop that */
  open(timeoutMs: number, done: (error: Error | undefined, made: Connection | undefined) => void): () => void {
    const socket = connect({ host: this.host, port: this.port, noDelay: true, keepAlive: true })
    const late = setTimeout(() => socket.destroy(new ConnectTimeout(timeoutMs)), timeoutMs)
    const failed = (error: Error) => {
      clearTimeout(late)
      done(error, undefined)
    }
    socket.once('error', failed)
    socket.once('connect', () => {
      clearTimeout(late)
      socket.off('error', failed)
      done(undefined, this.#wrap(socket))
    })
    return () => socket.destroy(new Error('nobody waits for it any more'))
  }

  /** A request on it is over, and it can take another one. */
  give(connection: Connection): void {
    connection.used = true
    connection.idleSince = performance.now()
    if (this.#open && this.#idle.length < maxIdle) this.#idle.push(connection)
    else this.discard(connection)
  }

  /** Without waiting for the other side: a port that is kept for its last words is missing later. */
  discard({ client, socket }: Connection): void {
    if (!socket.destroyed) reset(socket)
    client.destroy().catch(() => undefined)
  }

  /** Closes those that do nothing; those that are given back later are closed then. */
  closeIdle(): void {
    this.#open = false
    for (const connection of this.#idle.splice(0)) this.discard(connection)
  }

  reopen(): void {
    this.#open = true
  }

  #wrap(socket: Socket): Connection {
    let given = false
    const client = new Client(`http://${this.host.includes(':') ? `[${this.host}]` : this.host}:${this.port}`, {
      pipelining: 1,
      keepAliveTimeout: idleMs,
      // The client would make another connection by itself, and send again what it has not sent yet.
      connect: (_, callback) => {
        if (given) return callback(new Error('the connection is closed'), null)
        given = true
        // The client does not expect to be called back in the same turn.
        queueMicrotask(() => callback(null, socket))
      },
    })
    const connection = { client, socket, used: false, idleSince: performance.now(), promisedMs: 0 }
    socket.on('error', () => undefined)
    socket.once('close', () => {
      const at = this.#idle.indexOf(connection)
      if (at >= 0) this.#idle.splice(at, 1)
      client.destroy().catch(() => undefined)
    })
    return connection
  }
}

/** The server did not take the connection in time. */
export class ConnectTimeout extends Error {
  override readonly name = 'ConnectTimeout'

  constructor(ms: number) {
    super(`no connection after ${ms} ms`)
  }
}
