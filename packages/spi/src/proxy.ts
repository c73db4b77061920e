import { defineInterface, type Call, type Fenced } from './interface.js'

/** One address that requests can be sent to. Another address is another server, and wants another name. */
export interface ProxyServer {
  /** Alone in its route: `web-1`. */
  Name: string
  /** A name or an IP address. */
  Host: string
  Port: number
  /** Its share of what its backend gets, beside the other servers of it; 0 to 100, default 1. */
  Weight?: number | null
}

/** How the proxy itself finds out whether servers are well. Without it they are, until requests fail (`MaxFails`). */
export interface ProxyCheck {
  /** Asked with GET; has to answer 2xx or 3xx within `Timeout`. */
  Path: string
  /** Default `2s`. */
  Interval?: string | null
  /** Default `2s`. */
  Timeout?: string | null
  /** Good answers in a row that make a server well again; default 2. */
  Rise?: number | null
  /** Bad ones in a row that take it out; default 3. */
  Fall?: number | null
}

export interface ProxyBackend {
  /** Alone in its route: `blue`. */
  Name: string
  /** Its share of the route's requests beside the other backends; 0 to 1000, default 1. Of 0 it gets none. */
  Weight?: number | null
  Servers: ProxyServer[]
  Check?: ProxyCheck | null
}

/** Which requests a proxy takes, and where it sends them. Durations are texts such as `5s` and `1m30s`. */
export interface ProxyRoute {
  /** Alone in its proxy: `shop`. */
  Name: string
  /** Who may change and remove it: `deployment/shop`. */
  Owner: string
  /** `ADDRESS:PORT`, `[IPV6]:PORT` or `:PORT` (all addresses). Routes may share one. */
  Listen: string
  /** Only requests for this host; absent: all that no other route names. */
  Host?: string | null
  /** Only paths that are this or lie below it; the longest one wins. Default `/`. */
  PathPrefix?: string | null
  /** Whether servers get the path without the prefix. */
  StripPrefix?: boolean | null
  /** Paths of PEM files, read anew when they change. All routes that share a `Listen` have one, or none has. */
  TLS?: { Certificate: string; Key: string } | null
  Timeouts?: {
    /** To connect to a server; default `5s`. */
    Connect?: string | null
    /** Without a byte from the server; default `60s`. */
    Server?: string | null
    /** Without a byte from the client, between requests as well; default `60s`. */
    Client?: string | null
  } | null
  /** Which server of a backend is next; default `round_robin`. */
  Balance?: 'round_robin' | 'least_conn' | 'ip_hash' | null
  /** Failed connections in a row after which a server gets nothing for `FailTimeout`; default 3, 0: never. */
  MaxFails?: number | null
  /** Default `10s`. */
  FailTimeout?: string | null
  /** Refuse whatever could fail a request during a change; default true. */
  Hitless?: boolean | null
  Backends: ProxyBackend[]
}

/** A route as its proxy keeps it. */
export interface AppliedRoute {
  Route: ProxyRoute
  /** Grows with each change of the route. */
  Version: number
  /** Names of servers that were drained by hand. */
  Drained: string[]
}

export interface RouteRequest extends Fenced {
  Name: string
  Owner: string
  /** Only when the route is at this version. */
  IfVersion?: number | null
}

/** `unknown` while the proxy cannot be asked. */
export type ServerState = 'up' | 'down' | 'draining' | 'unknown'

/** What a proxy says of a server at this moment; counters since the proxy or its counters were started. */
export interface LiveServer {
  Backend: string
  Name: string
  Host: string
  Port: number
  State: ServerState
  /** Of the route's requests, 0 to 1, as it is set now. */
  Share: number
  /** Requests and upgraded connections under way. */
  InFlight: number
  Requests: number
  /** Answers by the first digit of their status. */
  Answers: { '1xx': number; '2xx': number; '3xx': number; '4xx': number; '5xx': number }
  ConnectErrors: number
  /** Requests that were sent and got no whole answer. */
  AnswerErrors: number
  Retries: number
  /** Of recent answers, mean milliseconds from request to answer; absent when there was none. */
  AnswerMs?: number | null
}

export interface LiveRoute extends AppliedRoute {
  /** Of the servers that the route names, and of those that are still finishing. */
  Servers: LiveServer[]
}

export interface DrainResult {
  /** Requests that are still under way: 0 unless the time was up. */
  InFlight: number
  /** Requests and upgraded connections that were cut when the time was up. */
  Cut: number
}

/**
 * Sends requests to servers, as its routes say. A route that was answered for is durable: it is there again after a restart
 * of the plugin or of the proxy.
 */
export interface Proxy {
  /** Whether `apply` could do it. Changes nothing. Throws `input`, naming the field; `incompatible` for what this proxy lacks. */
  validate(request: { Route: ProxyRoute }, call?: Call): Promise<void>
  /**
   * Makes the route as given, and answers when that is so in every worker of the proxy and was seen to be so: from then on
   * no request goes to a server that it does not name. What is under way at such a server is finished. The same route again
   * changes nothing. Servers that were drained by hand stay so.
   *
   * Throws `conflict` for another `Owner` than the one who has it, naming that one, and when the route is not at `IfVersion`
   * (0: there is none); `plugin-failed` with the proxy's words when it refuses. After a throw the last good state serves on,
   * unless it was `timeout` or `unavailable`: then look.
   */
  apply(
    request: Fenced & { Route: ProxyRoute; IfVersion?: number | null },
    call?: Call,
  ): Promise<{ Version: number; Changed: boolean }>
  /** The route and what is live of it. Throws `not-found`. */
  describe(request: { Name: string }, call?: Call): Promise<{ Route: LiveRoute }>
  /**
   * Takes a server out of new traffic, and answers when nothing is under way there any more, or when the time is up; with
   * `Cut` what is then left is cut. It stays out, whatever is applied, until `Undo`, or until a route no longer names it.
   * A server that a route has ceased to name can be drained too, by its name, busy or not. Throws `not-found`, after a restart
   * of the plugin also for such a server, unless it is still busy.
   */
  drain(
    request: RouteRequest & {
      Server: string
      /** Default 30. */
      TimeoutSeconds?: number | null
      Cut?: boolean | null
      Undo?: boolean | null
    },
    call?: Call,
  ): Promise<DrainResult>
  /** Takes no more requests for the route; those under way are finished. One that is not there is no error. Throws as `apply`. */
  remove(request: RouteRequest, call?: Call): Promise<void>
  /** All routes, by name. */
  list(request: object, call?: Call): Promise<{ Routes: AppliedRoute[] }>
}

const route: ProxyRoute = {
  Name: '',
  Owner: '',
  Listen: '',
  Host: null,
  PathPrefix: '/',
  StripPrefix: false,
  TLS: null,
  Timeouts: null,
  Balance: 'round_robin',
  MaxFails: 3,
  FailTimeout: '10s',
  Hitless: true,
  Backends: [{ Name: '', Weight: 1, Servers: [{ Name: '', Host: '', Port: 0, Weight: 1 }], Check: null }],
}
const byName = { Name: '', Owner: '', IfVersion: null }

export const proxyInterface = defineInterface<Proxy>({
  name: 'Proxy',
  version: '0.1.0',
  methods: {
    Validate: { mutates: false, ok: true, example: { request: { Route: route }, response: { OK: false } } },
    Apply: {
      mutates: true,
      example: { request: { Route: route, IfVersion: null }, response: { Version: 0, Changed: false } },
    },
    Describe: {
      mutates: false,
      example: {
        request: { Name: '' },
        response: { Route: { Route: route, Version: 0, Drained: [], Servers: [] } },
      },
    },
    Drain: {
      mutates: true,
      example: {
        request: { ...byName, Server: '', TimeoutSeconds: 30, Cut: false, Undo: false },
        response: { InFlight: 0, Cut: 0 },
      },
    },
    Remove: { mutates: true, ok: true, example: { request: byName, response: { OK: false } } },
    List: { mutates: false, example: { request: {}, response: { Routes: [] } } },
  },
})
