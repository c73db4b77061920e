import type { IncomingMessage } from 'node:http'

/**
 * Collects a request's body and hands it over once it is whole; `undefined` when it is longer than `maxBytes`, and then
 * at once. A request that breaks off is never handed over.
 */
export function collectBody(req: IncomingMessage, maxBytes: number, done: (body: Buffer | undefined) => void): void {
  let first: Buffer | undefined
  let more: Buffer[] | undefined
  let size = 0
  const onData = (chunk: Buffer) => {
    size += chunk.length
    if (size > maxBytes) {
      req.off('data', onData).off('end', onEnd)
      done(undefined)
      return
    }
    if (!first) first = chunk
    else (more ??= [first]).push(chunk)
  }
  const onEnd = () => done(more ? Buffer.concat(more, size) : (first ?? Buffer.alloc(0)))
  req.on('data', onData).on('end', onEnd)
}
