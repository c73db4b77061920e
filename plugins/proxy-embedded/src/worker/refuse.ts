import { STATUS_CODES, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** Answers a request that no server answers. */
export function refuse(response: ServerResponse, status: number, why: string): void {
  if (response.headersSent || response.destroyed) return
  const text = `${status} ${STATUS_CODES[status] ?? ''}: ${why}\n`
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'content-length': Buffer.byteLength(text) })
  response.end(text)
}

/** Breaks a connection off so that nobody takes what was sent for the whole. */
export function reset(socket: Socket): void {
  // TLS says by itself when it was not ended in order. One whose own end is on its way cannot be reset: Node would keep it
  // open for ever (libuv refuses with EINVAL).
  if ('encrypted' in socket || socket.writableEnded) socket.destroy()
  else socket.resetAndDestroy()
}
