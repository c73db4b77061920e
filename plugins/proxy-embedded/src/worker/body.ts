import type { IncomingMessage } from 'node:http'
import { PassThrough } from 'node:stream'

/** Bodies up to this length are taken in before a server is chosen, and can be sent again. */
export const keptBytes = 16 * 1024

/** `none`; `kept` whole; or a stream that can be sent once. */
export type Body =
  { readonly kind: 'none' } | { readonly kind: 'kept'; readonly bytes: Buffer } | { readonly kind: 'stream' }

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
 * A body on its way, as fast as it is read. It is apart from the request, whose connection has to outlive it: the client
 * still wants to be told what went wrong. It fails when the client goes away before it has sent all.
 */
export function streamOf(request: IncomingMessage): PassThrough {
  const stream = new PassThrough()
  stream.on('error', () => undefined)
  request.once('close', () => {
    if (!request.complete) stream.destroy(new Error('the client went away'))
  })
  // When nobody wants the rest, it is let go by, so that the answer can be read.
  stream.once('close', () => {
    request.unpipe(stream)
    request.resume()
  })
  return request.pipe(stream)
}
