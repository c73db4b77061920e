import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { AnswerReader, type AnswerEvents, type AnswerHead } from './answer-reader.js'
import { reset } from './refuse.js'
import { pump } from './body.js'

/** What is sent to a server. */
export interface Ask {
  readonly method: string
  /** With the empty line at its end. */
  readonly head: string
  /** Whole, or as the client sends it. */
  readonly body: Buffer | IncomingMessage | undefined
  /** How long the server may be silent while it is its turn (ms). */
  readonly timeoutMs: number
}

/** Who gets the answer. After `end` or `failed` nothing is called any more. */
export interface Asker {
  head(head: AnswerHead): void
  /** @returns whether it takes more now; else nothing comes until `goOn` */
  body(piece: Buffer): boolean
  /** @param reusable whether the connection can carry another request */
  end(last: Buffer | undefined, reusable: boolean): void
  failed(error: Error): void
}

/** The server was silent for too long. */
export class AnswerTimeout extends Error {
  override readonly name = 'AnswerTimeout'
}

/** A connection to a server, for one request at a time. Nothing is sent twice, and nothing is sent unasked. */
export class Connection implements AnswerEvents {
  /** Whether it has carried a request before. */
  used = false
  idleSince = 0
  /** For how long the server said that it keeps an idle connection (ms); 0 when it said nothing. */
  promisedMs = 0
  readonly #reader = new AnswerReader(this)
  #asker: Asker | undefined
  #timeoutMs = 0
  #persists = true
  /** Stops sending the body of a request; while there is one of which more is to come. */
  #stopBody: (() => void) | undefined
  #error: Error | undefined

  constructor(
    private readonly socket: Socket,
    closed: (connection: Connection) => void,
  ) {
    socket.on('data', (piece: Buffer) => this.#feed(piece))
    socket.on('end', () => this.#feed(undefined))
    socket.on('timeout', () => this.#late())
    socket.on('error', (error) => (this.#error = error))
    socket.once('close', () => {
      closed(this)
      this.#fail(this.#error ?? new Error('the connection was closed'))
    })
  }

  /** Whether a request can be sent, as far as this side knows. */
  get alive(): boolean {
    return !this.socket.destroyed && !this.socket.readableEnded
  }

  send({ method, head, body, timeoutMs }: Ask, asker: Asker): void {
    const { socket } = this
    this.#asker = asker
    this.#timeoutMs = timeoutMs
    if (socket.timeout !== timeoutMs) socket.setTimeout(timeoutMs)
    this.#reader.begin(method)
    if (Buffer.isBuffer(body)) socket.write(head + body.toString('latin1'), 'latin1')
    else socket.write(head, 'latin1')
    if (body === undefined || Buffer.isBuffer(body)) return
    this.#stopBody = pump(body, socket, (error) => {
      this.#stopBody = undefined
      if (error) this.#fail(error)
    })
  }

  /** Who asked takes more of the answer. */
  goOn(): void {
    this.socket.resume()
    // Nobody has counted while it was the client's turn.
    this.socket.setTimeout(this.#timeoutMs)
  }

  /** Fails what is under way, and closes it without waiting for the other side: a port that is kept for its last words is missing later. */
  close(why = 'nobody waits for it any more'): void {
    if (!this.socket.destroyed) reset(this.socket)
    this.#fail(new Error(why))
  }

  // What the reader finds.

  head(head: AnswerHead): void {
    this.#persists = head.persists
    this.#asker?.head(head)
  }

  body(piece: Buffer): void {
    if (this.#asker?.body(piece) === false) this.socket.pause()
  }

  end(last: Buffer | undefined, clean: boolean): void {
    const asker = this.#asker
    // A server may answer before it has got all; then nobody knows what it takes the rest for.
    const reusable = clean && this.#persists && !this.#stopBody
    if (this.socket.isPaused()) this.socket.resume()
    this.#settle()
    asker?.end(last, reusable)
  }

  /** @param piece `undefined`: there is no more */
  #feed(piece: Buffer | undefined): void {
    // What nobody asked for is no answer.
    if (!this.#asker) return this.close()
    try {
      if (piece) this.#reader.feed(piece)
      else this.#reader.close()
    } catch (error) {
      this.#fail(error as Error)
    }
  }

  #late(): void {
    if (!this.#asker) return
    const waitsForClient = this.socket.isPaused() || (this.#stopBody && !this.socket.writableNeedDrain)
    if (waitsForClient) this.socket.setTimeout(this.#timeoutMs)
    else this.#fail(new AnswerTimeout('the server did not answer in time'))
  }

  #fail(error: Error): void {
    const asker = this.#asker
    this.#settle()
    if (!this.socket.destroyed) reset(this.socket)
    asker?.failed(error)
  }

  /** Nobody asks any more. */
  #settle(): void {
    this.#asker = undefined
    this.#reader.stop()
    this.#stopBody?.()
    this.#stopBody = undefined
  }
}
