import http, { type IncomingMessage, type RequestOptions } from 'node:http'
import https from 'node:https'

/** What came back. */
export interface Reply {
  readonly status: number
  readonly body: string
}

/** Sends a body by `POST /` and gives what came back, unread. Rejects when nothing did; cut off when the signal aborts. */
export type Post = (body: string, signal?: AbortSignal) => Promise<Reply>

export interface EventListener {
  /** The headers of the stream are there. */
  connected(): void
  /** What stood behind `data:`, as it came. */
  event(text: string): void
  /** Ends the listening. */
  readonly signal: AbortSignal
}

/** Listens to `GET /events?topic=TOPIC` once. Rejects when it cannot, ends when the stream or the signal does. */
export type Listen = (topic: string, listener: EventListener) => Promise<void>

/** How a plugin is reached. The suite sees texts, so that it can judge ids and big numbers byte for byte. */
export interface Transport {
  readonly post: Post
  /** Without it the promises about events do not apply. */
  readonly listen?: Listen
}

/** Where a plugin listens; what `@infrakit/discovery` finds fits. */
export type TransportAddress =
  | { readonly path: string }
  | { readonly host: string; readonly port: number; readonly token?: string; readonly tls?: object }

/** Speaks plain HTTP to a socket or a TCP address, each call on a connection of its own. */
export function transportTo(address: TransportAddress): Transport {
  const secure = !('path' in address) && address.tls !== undefined
  const send = secure ? https.request : http.request
  const target: RequestOptions = 'path' in address ? { socketPath: address.path } : { ...address, ...address.tls }
  const headers = 'token' in address && address.token ? { Authorization: `Bearer ${address.token}` } : {}

  function open(options: RequestOptions, body: string): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const request = send(
        { agent: false, ...target, ...options, headers: { ...headers, ...options.headers } },
        resolve,
      )
      request.once('error', reject).end(body)
    })
  }

  return {
    async post(body, signal) {
      const sent = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) }
      const options = { method: 'POST', path: '/', headers: sent, ...(signal ? { signal } : {}) }
      const response = await open(options, body)
      let text = ''
      for await (const chunk of response.setEncoding('utf8')) text += String(chunk)
      return { status: response.statusCode ?? 0, body: text }
    },
    async listen(topic, { connected, event, signal }) {
      const path = `/events?topic=${encodeURIComponent(topic)}`
      const response = await open({ method: 'GET', path, signal, headers: { Accept: 'text/event-stream' } }, '')
      if (response.statusCode !== 200) throw new Error(`GET ${path}: status ${response.statusCode}`)
      connected()
      let text = ''
      for await (const chunk of response.setEncoding('utf8')) {
        const lines = (text + String(chunk)).split('\n')
        text = lines.pop() ?? ''
        for (const line of lines) if (line.startsWith('data:')) event(line.slice('data:'.length).trim())
      }
    },
  }
}
