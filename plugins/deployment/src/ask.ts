import { request as requestHttp, type IncomingMessage } from 'node:http'
import { request as requestHttps } from 'node:https'
import { once } from 'node:events'
import type { HttpAnswer, HttpRequest } from '@infrakit/deployment'

/** As much of an answer as is looked at (bytes). */
const mostBytes = 64 * 1024

/**
 * Asks once, on a connection of its own. Whose certificate a server has is not checked: these are tests of the user's own
 * servers, which may have a certificate for another name than that of this machine.
 */
export async function ask({
  url,
  connectTo,
  method = 'GET',
  headers = {},
  body,
  timeoutMs,
  signal,
}: HttpRequest): Promise<HttpAnswer> {
  const { protocol, hostname, host, port, pathname, search } = new URL(url)
  const timeout = AbortSignal.timeout(Math.ceil(timeoutMs))
  const secure = protocol === 'https:'
  const request = (secure ? requestHttps : requestHttp)({
    host: (connectTo ?? hostname).replace(/^\[|\]$/g, ''),
    port: port === '' ? undefined : Number(port),
    servername: hostname,
    method,
    path: `${pathname}${search}`,
    headers: { host, ...headers, ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }) },
    agent: false,
    rejectUnauthorized: false,
    signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
  })
  try {
    const answered = once(request, 'response') as Promise<[IncomingMessage]>
    request.end(body)
    const [answer] = await answered
    return { status: answer.statusCode ?? 0, body: await firstOf(answer) }
  } catch (error) {
    if (timeout.aborted) throw new Error(`no answer within ${Math.round(timeoutMs)} ms`, { cause: error })
    throw error
  } finally {
    request.destroy()
  }
}

async function firstOf(answer: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = []
  let length = 0
  for await (const piece of answer as AsyncIterable<Buffer>) {
    pieces.push(piece)
    length += piece.length
    if (length >= mostBytes) break
  }
  return Buffer.concat(pieces).subarray(0, mostBytes).toString('utf8')
}
