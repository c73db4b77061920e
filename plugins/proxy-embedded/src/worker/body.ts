import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'

/** Bodies up to this length are taken in before a server is chosen, and can be sent again. */
export const keptBytes = 16 * 1024

/** `none`; `kept` whole, which are its `bytes`; or a stream that can be sent once. */
export interface Body {
  readonly kind: 'none' | 'kept' | 'stream'
  readonly bytes?: Buffer
}

/** Methods whose requests have a body, even an empty one. */
const withBody = new Set(['POST', 'PUT', 'PATCH'])

/** The header by which a server knows where the body of a request ends. */
export function framing(method: string, { kind, bytes }: Body, { headers }: IncomingMessage): string[] {
  if (bytes) return ['content-length', String(bytes.length)]
  if (kind === 'none') return withBody.has(method) ? ['content-length', '0'] : []
  const length = headers['content-length']
  return length === undefined ? ['transfer-encoding', 'chunked'] : ['content-length', length]
}

/** Whether a request has a body, and whether it is short enough to be kept. */
export function bodyKind({ headers }: IncomingMessage): Body['kind'] {
  if (headers['transfer-encoding'] !== undefined) return 'stream'
  const length = Number(headers['content-length'] ?? 0)
  return length === 0 ? 'none' : length <= keptBytes ? 'kept' : 'stream'
}

/** Takes in a short body. Never calls back when the client goes away before it has sent it. */
export function keep(request: IncomingMessage, done: (bytes: Buffer) => void): void {
  const pieces: Buffer[] = []
  request.on('data', (piece: Buffer) => pieces.push(piece))
  request.once('end', () => done(Buffer.concat(pieces)))
}

/**
 * Hands a body on as fast as it is taken. The client's connection stays: it still wants to be told what went wrong.
 *
 * @param done called once, when all has been handed on, or with an error when the client went away before it had sent all
 * @returns how to stop it: the rest is let go by, so that the answer can be read, and `done` is not called
 */
export function pump(request: IncomingMessage, to: Socket, done: (error?: Error) => void): () => void {
  const chunked = request.headers['transfer-encoding'] !== undefined
  const more = (piece: Buffer) => {
    to.cork()
    if (chunked) to.write(`${piece.length.toString(16)}\r\n`, 'latin1')
    const takes = to.write(piece)
    if (chunked) to.write('\r\n', 'latin1')
    to.uncork()
    if (!takes) request.pause()
  }
  const goOn = () => void request.resume()
  const end = () => {
    if (chunked) to.write('0\r\n\r\n', 'latin1')
    leave()
    done()
  }
  const close = () => {
    leave()
    done(new Error('the client went away'))
  }
  const leave = () => {
    request.off('data', more).off('end', end).off('close', close)
    to.off('drain', goOn)
  }
  request.on('data', more).once('end', end).once('close', close)
  to.on('drain', goOn)
  return () => {
    leave()
    request.resume()
  }
}
