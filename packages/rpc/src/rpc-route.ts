import { isUtf8 } from 'node:buffer'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Dispatch } from './dispatch.js'
import { writeError } from './envelope.js'
import type { Exchange } from './exchange.js'
import { plainText, sendText } from './http-text.js'
import { collectBody } from './read-request.js'
import type { Traffic } from './traffic.js'
import { parseError } from './wire-error.js'

/** How long a client that sends too much is listened to, so that it can read why before it is cut off. */
const lingerMs = 2000

export interface RpcRouteOptions {
  readonly dispatch: Dispatch
  readonly traffic: Traffic
  readonly maxBodyBytes: number
  /** Whether the server is about to end: connections are not kept then. */
  readonly closing: () => boolean
}

function refuseTooLarge(req: IncomingMessage, res: ServerResponse, maxBytes: number): void {
  const text = `the request is longer than ${maxBytes} bytes; --max-body lets a plugin take longer ones\n`
  res.writeHead(413, { 'Content-Type': plainText, 'Content-Length': Buffer.byteLength(text), Connection: 'close' })
  res.write(text)
  // Closing with bytes unread would reset the connection, and the client would never see the answer.
  const cut = setTimeout(() => req.socket.destroy(), lingerMs).unref()
  req.once('close', () => clearTimeout(cut))
  req.once('end', () => res.end())
  req.resume()
}

/** Whether the media type is JSON's, or none was given. */
function isJson(contentType: string | undefined): boolean {
  if (contentType === undefined || contentType === 'application/json' || contentType === '') return true
  return contentType.split(';', 1)[0]?.trim().toLowerCase() === 'application/json'
}

function sendAnswer(res: ServerResponse, body: string | undefined, closing: boolean, flushed: () => void): void {
  // A text and no bytes: of a pipelined request that expects 100-continue, Node would send that after the header.
  const text = body ?? ''
  const headers: string[] = ['Content-Length', String(Buffer.byteLength(text))]
  // The original sends no content type with an empty body either.
  if (text !== '') headers.push('Content-Type', plainText)
  if (closing) headers.push('Connection', 'close')
  res.writeHead(200, headers)
  res.end(text, flushed)
}

/** Answers `/` by plain node:http; express would cost more than all the rest of a call. */
export function createRpcRoute(options: RpcRouteOptions): (req: IncomingMessage, res: ServerResponse) => void {
  const { dispatch, traffic, maxBodyBytes, closing } = options

  async function respond(body: Buffer, exchange: Exchange): Promise<void> {
    const answer = isUtf8(body)
      ? await dispatch(body.toString('utf8'), exchange)
      : `${writeError('null', parseError, 'not JSON: the body is not UTF-8')}\n`
    traffic.answered(exchange)
    if (!exchange.gone) sendAnswer(exchange.res, answer, closing(), () => traffic.flushed(exchange))
  }

  return (req, res) => {
    if (req.method !== 'POST') {
      sendText(res, 405, `rpc: POST method required, received ${req.method}`, { Allow: 'POST' })
      return
    }
    const contentType = req.headers['content-type']
    if (!isJson(contentType)) {
      sendText(res, 415, `rpc: unrecognized Content-Type: ${contentType}`)
      return
    }
    if (Number(req.headers['content-length'] ?? 0) > maxBodyBytes) {
      refuseTooLarge(req, res, maxBodyBytes)
      return
    }
    collectBody(req, maxBodyBytes, (body) => {
      if (body) void respond(body, traffic.begin(res))
      else refuseTooLarge(req, res, maxBodyBytes)
    })
  }
}
