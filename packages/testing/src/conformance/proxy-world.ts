import { request, type IncomingMessage } from 'node:http'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import type { ProxyRoute } from '@infrakit/spi'
import { freePort } from '../free-port.js'
import { startWebServer, type WebServer } from '../web-server.js'
import type { Exchange } from './promise.js'
import type { Probe } from './probe.js'

/** An answer of the proxy to one of its clients. */
export interface Got {
  /** 0 when there was none. */
  readonly status: number
  readonly body: string
  readonly exchange: Exchange
}

export interface Question {
  readonly host?: string
  readonly path?: string
  readonly method?: string
}

/** Real servers and clients for a proxy, and routes that are taken away in the end. */
export interface ProxyWorld {
  readonly owner: string
  server(name: string): Promise<WebServer>
  /** A port where nobody listens. */
  port(): Promise<number>
  /** A route of the suite's own to these servers. */
  route(port: number, servers: readonly WebServer[], more?: Partial<ProxyRoute>): ProxyRoute
  get(port: number, question?: Question): Promise<Got>
}

const timeoutMs = 20_000

/** Lets `work` play with real servers, and takes its routes and servers away, whatever happens. */
export async function withProxyWorld(probe: Probe, work: (world: ProxyWorld) => Promise<void>): Promise<void> {
  const owner = probe.unique('infrakit.verify')
  const ends: (() => unknown)[] = []
  const routes = new Set<string>()
  const world: ProxyWorld = {
    owner,
    server: (name) => startWebServer({ teardown: (end) => ends.push(end) }, name),
    port: freePort,
    route(port, given, more = {}) {
      const Servers = given.map(({ server }) => server)
      const Name = probe.unique('infrakit-verify')
      routes.add(more.Name ?? Name)
      return { Name, Owner: owner, Listen: `127.0.0.1:${port}`, Backends: [{ Name: 'blue', Servers }], ...more }
    },
    get: (port, question) => ask(port, question ?? {}),
  }
  try {
    await work(world)
  } finally {
    for (const Name of routes) await probe.plugin.ask('Proxy.Remove', { Name, Owner: owner }).catch(() => undefined)
    await Promise.all(ends.map((end) => end()))
  }
}

async function ask(port: number, { host, path = '/', method = 'GET' }: Question): Promise<Got> {
  const headers = { ...(host ? { host } : {}), connection: 'close' }
  const asked = `${method} http://127.0.0.1:${port}${path}${host ? ` (Host: ${host})` : ''}`
  const got = (status: number, body: string): Got => {
    return { status, body, exchange: { plugin: 'the proxy', request: asked, status, response: body } }
  }
  const sent = request({ host: '127.0.0.1', port, path, method, headers, agent: false, timeout: timeoutMs })
  sent.on('timeout', () => sent.destroy(new Error('no answer in time')))
  try {
    sent.end()
    const [response] = (await once(sent, 'response')) as [IncomingMessage]
    return got(response.statusCode ?? 0, await text(response))
  } catch (error) {
    return got(0, String(error))
  }
}
