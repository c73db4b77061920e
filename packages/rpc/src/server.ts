import type { RequestListener, Server } from 'node:http'
import { eventInterface } from '@infrakit/spi'
import { aliasesOf } from './eras.js'
import { createDispatch } from './dispatch.js'
import { createEventStreams } from './event-stream.js'
import { eventTopics, type EventHub } from './events.js'
import { handshakesOf } from './handshake.js'
import { apiInfo, type Vendor } from './info.js'
import { invokersOf, type Intercept, type Method } from './invoke.js'
import { listen, type Listener, type Where } from './listen.js'
import { groupOffers, offer, type Offer, type OfferedInterface } from './offer.js'
import { createRpcRoute } from './rpc-route.js'
import { createLazySite } from './site.js'
import { createTraffic } from './traffic.js'

export interface ServerOptions {
  readonly offers: readonly Offer[]
  readonly vendor: Vendor
  /** Given: `Event` is offered and `/events` is served. */
  readonly events?: EventHub | undefined
  /** Longest request body. Default 8 MiB. */
  readonly maxBodyBytes?: number | undefined
  /** Put around every call of an interface; not around handshakes. */
  readonly intercept?: Intercept | undefined
  /** Told of errors that are defects here. */
  readonly onError?: ((error: unknown, method: string) => void) | undefined
  /** Milliseconds between two signs of life on an event stream. Default 15 s. */
  readonly heartbeatMs?: number | undefined
  /** Milliseconds a client may take to send a request. Default 60 s. */
  readonly requestMs?: number | undefined
}

export interface PluginServer {
  /** Serves there too; may be called more than once. See `listen` for what it throws. */
  listen(where: Where): Promise<{ port?: number }>
  /**
   * Stops accepting, lets calls in flight finish for up to `graceMs` (default 10 s), ends event streams, and cuts what
   * is left. The second call waits for the first.
   */
  close(graceMs?: number): Promise<void>
}

function methodsFor(offered: readonly OfferedInterface[], intercept: Intercept | undefined): Map<string, Method> {
  const methods = invokersOf(offered, intercept)
  for (const [name, method] of [...methods]) for (const alias of aliasesOf(name)) methods.set(alias, method)
  for (const [name, result] of Object.entries(handshakesOf(offered))) methods.set(name, () => Promise.resolve(result))
  return methods
}

function within(ms: number, promise: Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    void promise.then(() => {
      clearTimeout(timer)
      resolve()
    })
  })
}

/** Throws `internal` when the offers are not complete or contradict each other. */
export function createServer(options: ServerOptions): PluginServer {
  const { events, onError = () => undefined } = options
  const offers = events ? [...options.offers, offer(eventInterface, eventTopics(events))] : options.offers
  const offered = groupOffers(offers)
  const streams = events && createEventStreams(events, options.heartbeatMs ?? 15_000)
  const traffic = createTraffic()
  const listeners: Listener[] = []
  let closing: Promise<void> | undefined
  const rpc = createRpcRoute({
    dispatch: createDispatch(methodsFor(offered, options.intercept), onError),
    traffic,
    maxBodyBytes: options.maxBodyBytes ?? 8 * 1024 * 1024,
    closing: () => closing !== undefined,
  })
  const site = createLazySite({ info: apiInfo(options.vendor, offered), streams, onError })
  const route: RequestListener = (req, res) => {
    if (req.url === '/' || req.url?.startsWith('/?')) rpc(req, res)
    else site(req, res)
  }

  async function shutDown(graceMs: number): Promise<void> {
    for (const { stop } of listeners) stop()
    await within(graceMs, traffic.quiet())
    streams?.end()
    for (const { server } of listeners) server.closeAllConnections()
    await Promise.all(listeners.map(({ closed }) => closed))
  }

  return {
    async listen(where) {
      const prepare = (server: Server, secure: boolean) => traffic.watch(server, secure)
      const listener = await listen(where, route, { requestMs: options.requestMs ?? 60_000, prepare })
      listeners.push(listener)
      return listener.port === undefined ? {} : { port: listener.port }
    },
    close: (graceMs = 10_000) => (closing ??= shutDown(graceMs)),
  }
}
