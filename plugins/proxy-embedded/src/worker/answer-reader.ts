/** The beginning of an answer: all that stands before its body. */
export interface AnswerHead {
  readonly status: number
  /** What a server says beside it; may be empty. */
  readonly words: string
  /** Names and values by turns, as they were sent. */
  readonly headers: readonly string[]
  /** Whether the connection can carry another answer, as far as the version says. */
  readonly persists: boolean
}

/** Called in this order, `end` once; none of them after `stop`. */
export interface AnswerEvents {
  head(head: AnswerHead): void
  body(piece: Buffer): void
  /** @param last the end of the body, where it came with the rest; @param clean whether nothing came behind it */
  end(last: Buffer | undefined, clean: boolean): void
}

/** What a server sent is no answer, or could be read in two ways. */
export class BadAnswer extends Error {
  override readonly name = 'BadAnswer'
}

const longestHead = 16 * 1024
/** Of a chunk's length, with what may stand beside it. */
const longestLine = 1024

/** `length`: so many bytes are to come; `size`, `chunk`, `after`, `trailers`: the parts of a chunked body; `rest`: until the end. */
type State = 'head' | 'length' | 'size' | 'chunk' | 'after' | 'trailers' | 'rest' | 'over'

const nothing = Buffer.alloc(0)

/**
 * Reads the answers of a server from the bytes of a connection, one for each `begin`. Strict: what RFC 9112 lets nobody send is
 * refused, and so is what two readers may understand differently.
 */
export class AnswerReader {
  #state: State = 'over'
  #method = ''
  #left = 0
  /** The beginning of a head or a line that has not come whole. */
  #kept: Buffer = nothing

  constructor(private readonly events: AnswerEvents) {}

  /** The next bytes are the answer to a request of this method. */
  begin(method: string): void {
    this.#state = 'head'
    this.#method = method
  }

  stop(): void {
    this.#state = 'over'
    this.#kept = nothing
  }

  /** Throws `BadAnswer`; then no more may be fed. */
  feed(piece: Buffer): void {
    const bytes = this.#kept.length > 0 ? Buffer.concat([this.#kept, piece]) : piece
    this.#kept = nothing
    let at = 0
    while (at < bytes.length && this.#state !== 'over') {
      const next = this.#read(bytes, at)
      if (next === undefined) {
        this.#kept = bytes.subarray(at)
        return
      }
      at = next
    }
  }

  /** The server has ended its side in order. Throws `BadAnswer` when the answer is not whole. */
  close(): void {
    if (this.#state !== 'rest') throw new BadAnswer('the server closed the connection')
    this.#end(undefined, false)
  }

  /** @returns where to go on; `undefined`: more has to come first */
  #read(bytes: Buffer, at: number): number | undefined {
    switch (this.#state) {
      case 'head':
        return this.#readHead(bytes, at)
      case 'size':
        return this.#readSize(bytes, at)
      case 'trailers':
        return this.#readTrailer(bytes, at)
      case 'after':
        if (bytes.length - at < 2) return undefined
        if (bytes[at] !== 13 || bytes[at + 1] !== 10) throw new BadAnswer('a chunk is longer than it says')
        this.#state = 'size'
        return at + 2
      default:
        return this.#readBody(bytes, at)
    }
  }

  #readHead(bytes: Buffer, at: number): number | undefined {
    const end = bytes.indexOf('\r\n\r\n', at, 'latin1')
    if ((end < 0 ? bytes.length : end) - at > longestHead) throw new BadAnswer('the head of the answer is too long')
    if (end < 0) return undefined
    const { chunked, length, ...head } = parseHead(bytes.toString('latin1', at, end + 2))
    const next = end + 4
    if (head.status === 101) throw new BadAnswer('nobody asked for another protocol')
    // Others may come before the answer, and say nothing that has to be handed on.
    if (head.status < 200) return next
    const isBare = this.#method === 'HEAD' || head.status === 204 || head.status === 304
    this.#left = isBare ? 0 : (length ?? 0)
    this.#state = !isBare && chunked ? 'size' : !isBare && length === undefined ? 'rest' : 'length'
    this.events.head(head)
    if (this.#state === 'length' && this.#left === 0) this.#end(undefined, next === bytes.length)
    return next
  }

  #readBody(bytes: Buffer, at: number): number {
    const end = this.#state === 'rest' ? bytes.length : Math.min(at + this.#left, bytes.length)
    this.#left -= end - at
    const piece = at === 0 && end === bytes.length ? bytes : bytes.subarray(at, end)
    if (this.#state === 'length' && this.#left === 0) this.#end(piece, end === bytes.length)
    else {
      if (this.#state === 'chunk' && this.#left === 0) this.#state = 'after'
      this.events.body(piece)
    }
    return end
  }

  #readSize(bytes: Buffer, at: number): number | undefined {
    const line = lineAt(bytes, at)
    if (line === undefined) return undefined
    const size = /^([0-9a-f]{1,12})[ \t]*(?:;.*)?$/i.exec(line)?.[1]
    if (size === undefined) throw new BadAnswer('a chunk has no length')
    this.#left = parseInt(size, 16)
    this.#state = this.#left === 0 ? 'trailers' : 'chunk'
    return at + line.length + 2
  }

  /** They are not handed on. */
  #readTrailer(bytes: Buffer, at: number): number | undefined {
    const line = lineAt(bytes, at)
    if (line === undefined) return undefined
    const next = at + line.length + 2
    if (line === '') this.#end(undefined, next === bytes.length)
    return next
  }

  #end(last: Buffer | undefined, clean: boolean): void {
    this.stop()
    this.events.end(last, clean)
  }
}

/** Without its end; `undefined` while that has not come. */
function lineAt(bytes: Buffer, at: number): string | undefined {
  const end = bytes.indexOf('\r\n', at, 'latin1')
  if ((end < 0 ? bytes.length : end) - at > longestLine) throw new BadAnswer('a line of the answer is too long')
  const line = end < 0 ? undefined : bytes.toString('latin1', at, end)
  if (line !== undefined && forbidden.test(line)) throw new BadAnswer('the answer has a byte that may not be in it')
  return line
}

const forbidden = /[^\t\x20-\x7e\x80-\xff]/
/** Also line ends that are half. */
const forbiddenInHead = /[^\t\r\n\x20-\x7e\x80-\xff]|\r(?!\n)|(?<!\r)\n/
const statusLine = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: (.*))?$/
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

/** @param text lines, each with its end */
function parseHead(text: string): AnswerHead & { readonly chunked: boolean; readonly length: number | undefined } {
  if (forbiddenInHead.test(text)) throw new BadAnswer('the answer has a byte that may not be in it')
  const first = text.indexOf('\r\n')
  const [, minor, status, words = ''] = statusLine.exec(text.slice(0, first)) ?? []
  if (status === undefined) throw new BadAnswer('the answer does not begin as one of HTTP/1.1')
  const headers: string[] = []
  let [length, chunked]: [number | undefined, boolean] = [undefined, false]
  for (let at = first + 2; at < text.length;) {
    const end = text.indexOf('\r\n', at)
    const colon = text.indexOf(':', at)
    const name = text.slice(at, colon)
    if (colon < 0 || colon > end || !token.test(name)) throw new BadAnswer('a header of the answer has no name')
    const value = trimmed(text, colon + 1, end)
    headers.push(name, value)
    at = end + 2
    if (name.length === 14 && name.toLowerCase() === 'content-length') {
      if (length !== undefined || !/^\d{1,15}$/.test(value))
        throw new BadAnswer('the length of the answer is not clear')
      length = Number(value)
    } else if (name.length === 17 && name.toLowerCase() === 'transfer-encoding') {
      // No other coding was allowed to the server.
      if (chunked || minor === '0' || value.toLowerCase() !== 'chunked') {
        throw new BadAnswer('the coding of the answer is not known')
      }
      chunked = true
    }
  }
  if (chunked && length !== undefined) throw new BadAnswer('the length of the answer is not clear')
  return { status: Number(status), words, headers, persists: minor === '1', chunked, length }
}

/** Without blanks at its ends. What else JavaScript takes for one belongs to the value. */
function trimmed(text: string, from: number, to: number): string {
  const isBlank = (at: number) => text[at] === ' ' || text[at] === '\t'
  while (from < to && isBlank(from)) from++
  while (to > from && isBlank(to - 1)) to--
  return text.slice(from, to)
}
