import { once } from 'node:events'
import { createServer, request, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Teardown } from '@infrakit/testing'

/** What is answered in place of what Consul would say; `pass`: what Consul says. */
export type Manner = 'pass' | ((response: ServerResponse, asked: IncomingMessage) => void)

export interface Front {
  readonly address: string
  manner: Manner
  /** What was asked for, in order: `PUT /v1/txn`. */
  readonly asked: string[]
  readonly requests: { readonly url: string; readonly headers: IncomingHttpHeaders }[]
  /** Cuts all connections, and what is being waited for on them. */
  cut(): void
}

/** Stands before an agent and answers as it is told. */
export async function createFront(t: Teardown, manner: Manner, upstream = ''): Promise<Front> {
  const state = {
    manner,
    asked: [] as string[],
    requests: [] as Front['requests'],
    cut: () => server.closeAllConnections(),
  }
  const server = createServer((asked, response) => {
    const { url = '', headers: sent } = asked
    state.asked.push(`${asked.method} ${url.split('?')[0]}`)
    state.requests.push({ url, headers: sent })
    response.on('error', () => undefined)
    if (state.manner !== 'pass') return state.manner(response, asked)
    const { method = 'GET' } = asked
    // Only the Enterprise edition knows them, and the other one refuses to answer.
    const { 'x-consul-namespace': _, ...headers } = sent
    const passed = request(`${upstream}${asked.url}`, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers)
      answer.pipe(response)
    })
    passed.on('error', () => response.destroy())
    response.once('close', () => passed.destroy())
    asked.pipe(passed)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return Object.assign(state, { address: `http://127.0.0.1:${port}` })
}

/** A whole answer. */
export function say(status: number, type: string, body: string, headers: Record<string, string> = {}): Manner {
  return (response) => void response.writeHead(status, { 'content-type': type, ...headers }).end(body)
}

/** The right head of an answer of Consul, and then what is told. */
export function broken(
  write: (response: ServerResponse) => void,
  headers: Record<string, string | number> = {},
): Manner {
  return (response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'x-consul-index': '7', ...headers })
    write(response)
  }
}
