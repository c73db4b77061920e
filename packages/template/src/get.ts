import { once } from 'node:events'
import { request as requestHttp, type IncomingMessage } from 'node:http'
import { request as requestHttps } from 'node:https'

export interface Answer {
  readonly status: number
  readonly body: AsyncIterable<Uint8Array>
}

export interface GetOptions {
  readonly socketPath?: string
  readonly signal: AbortSignal
}

const redirects = new Set([301, 302, 303, 307, 308])

async function getOnce(url: URL, { socketPath, signal }: GetOptions): Promise<IncomingMessage> {
  const send = url.protocol === 'https:' ? requestHttps : requestHttp
  // One request now and then: a connection of its own, so that none is kept open.
  const sent = send(url, { agent: false, signal, ...(socketPath === undefined ? {} : { socketPath }) })
  const answered = once(sent, 'response')
  // A connection that breaks later is met by whoever reads the body.
  sent.on('error', () => undefined)
  sent.end()
  const [response] = (await answered) as [IncomingMessage]
  return response
}

/**
 * GET over http, https or a Unix socket. Follows up to five redirects, from one web address to another; any other is
 * answered as it came. Whoever stops reading the body early ends the connection.
 */
export async function get(url: URL, options: GetOptions): Promise<Answer> {
  let at = url
  for (let hops = 0; ; hops++) {
    const response = await getOnce(at, options)
    const status = response.statusCode ?? 0
    const location = response.headers.location
    const next = location !== undefined && URL.canParse(location, at.href) ? new URL(location, at) : undefined
    const follow = redirects.has(status) && next !== undefined && /^https?:$/.test(next.protocol) && hops < 5
    if (!follow || options.socketPath !== undefined) return { status, body: response }
    response.destroy()
    at = next
  }
}
