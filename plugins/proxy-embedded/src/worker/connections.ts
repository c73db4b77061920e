import { connect } from 'node:net'
import { Connection } from './connection.js'

/**
 * `any` idle connection will do; only one that the server has `promised` to keep, for a request that must not be sent twice.
 */
export type Reuse = 'any' | 'promised'

const maxIdle = 256
const idleMs = 4000
const sweepMs = 1000

/** The connections to one server. Each is used by one request at a time, and made by hand: nothing is sent twice unasked. */
export class Connections {
  readonly #idle: Connection[] = []
  #open = true
  #sweeper: NodeJS.Timeout | undefined

  constructor(
    private readonly host: string,
    private readonly port: number,
  ) {}

  /** An idle connection, the one used last. A server may close it at any moment. */
  take(reuse: Reuse): Connection | undefined {
    for (let last = this.#idle.at(-1); last; last = this.#idle.at(-1)) {
      const idle = performance.now() - last.idleSince
      const alive = last.alive && idle < idleMs
      // Half of it: the server counts from when it sent its answer, and by a clock of its own.
      if (alive && reuse === 'promised' && idle > last.promisedMs / 2) return undefined
      this.#idle.pop()
      if (alive) return last
      last.close()
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
      done(undefined, new Connection(socket, (its) => this.#closed(its)))
    })
    return () => socket.destroy(new Error('nobody waits for it any more'))
  }

  /** A request on it is over, and it can take another one. */
  give(connection: Connection): void {
    connection.used = true
    connection.idleSince = performance.now()
    if (!this.#open || this.#idle.length >= maxIdle) return connection.close()
    this.#idle.push(connection)
    this.#sweeper ??= setInterval(() => this.#sweep(), sweepMs).unref()
  }

  /** Closes those that do nothing; those that are given back later are closed then. */
  closeIdle(): void {
    this.#open = false
    for (const connection of this.#idle.splice(0)) connection.close()
  }

  reopen(): void {
    this.#open = true
  }

  #closed(connection: Connection): void {
    const at = this.#idle.indexOf(connection)
    if (at >= 0) this.#idle.splice(at, 1)
  }

  /** Those at the front have been idle longest. */
  #sweep(): void {
    const end = performance.now() - idleMs
    while (this.#idle[0] && this.#idle[0].idleSince < end) this.#idle.shift()?.close()
    if (this.#idle.length > 0) return
    clearInterval(this.#sweeper)
    this.#sweeper = undefined
  }
}

/** The server did not take the connection in time. */
export class ConnectTimeout extends Error {
  override readonly name = 'ConnectTimeout'

  constructor(ms: number) {
    super(`no connection after ${ms} ms`)
  }
}
