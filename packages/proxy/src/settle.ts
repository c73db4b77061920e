import { parseDuration, type AppliedRoute, type ProxyCheck, type ProxyRoute } from '@infrakit/spi'

/** A server as its proxy has to treat it. */
export interface SettledServer {
  readonly name: string
  readonly host: string
  readonly port: number
  /** Of the route's requests, 0 to 1, were all servers well. 0 for one that is drained. */
  readonly share: number
  /** By hand: it gets nothing new. */
  readonly drained: boolean
}

export interface SettledCheck {
  readonly path: string
  readonly intervalMs: number
  readonly timeoutMs: number
  readonly rise: number
  readonly fall: number
}

export interface SettledBackend {
  readonly name: string
  readonly weight: number
  readonly servers: readonly SettledServer[]
  readonly check: SettledCheck | undefined
}

/** A route with every default filled in. Times are milliseconds. */
export interface SettledRoute {
  readonly name: string
  readonly owner: string
  /** `''` for all addresses; IPv6 ones without brackets. */
  readonly listen: { readonly address: string; readonly port: number }
  readonly host: string | undefined
  /** `/`, or without a slash at its end. */
  readonly pathPrefix: string
  readonly stripPrefix: boolean
  readonly tls: { readonly certificate: string; readonly key: string } | undefined
  readonly timeouts: { readonly connectMs: number; readonly serverMs: number; readonly clientMs: number }
  readonly balance: 'round_robin' | 'least_conn' | 'ip_hash'
  readonly maxFails: number
  readonly failTimeoutMs: number
  readonly hitless: boolean
  readonly backends: readonly SettledBackend[]
}

/** Fills in the defaults that the contract promises. */
export function settle({ Route, Drained }: Pick<AppliedRoute, 'Route' | 'Drained'>): SettledRoute {
  const { Timeouts, TLS } = Route
  return {
    name: Route.Name,
    owner: Route.Owner,
    listen: parseListen(Route.Listen),
    host: Route.Host ?? undefined,
    pathPrefix: (Route.PathPrefix ?? '/').replace(/\/+$/, '') || '/',
    stripPrefix: Route.StripPrefix ?? false,
    tls: TLS ? { certificate: TLS.Certificate, key: TLS.Key } : undefined,
    timeouts: {
      connectMs: milliseconds(Timeouts?.Connect, 5000),
      serverMs: milliseconds(Timeouts?.Server, 60_000),
      clientMs: milliseconds(Timeouts?.Client, 60_000),
    },
    balance: Route.Balance ?? 'round_robin',
    maxFails: Route.MaxFails ?? 3,
    failTimeoutMs: milliseconds(Route.FailTimeout, 10_000),
    hitless: Route.Hitless ?? true,
    backends: backendsOf(Route, new Set(Drained)),
  }
}

function backendsOf({ Backends }: ProxyRoute, drained: ReadonlySet<string>): SettledBackend[] {
  const weightOf = (one: { readonly Weight?: number | null }) => one.Weight ?? 1
  const sum = (all: readonly number[]) => all.reduce((total, one) => total + one, 0)
  const serving = Backends.map(({ Servers }) => sum(Servers.filter(({ Name }) => !drained.has(Name)).map(weightOf)))
  // A backend none of whose servers may serve leaves its share to the others.
  const whole = sum(Backends.map((backend, at) => (serving[at] ? weightOf(backend) : 0)))
  return Backends.map((backend, at) => ({
    name: backend.Name,
    weight: weightOf(backend),
    check: backend.Check ? settleCheck(backend.Check) : undefined,
    servers: backend.Servers.map((server) => {
      const parts = serving[at] ?? 0
      const serves = !drained.has(server.Name) && whole > 0 && parts > 0
      const share = serves ? (weightOf(backend) / whole) * (weightOf(server) / parts) : 0
      return { name: server.Name, host: server.Host, port: server.Port, share, drained: drained.has(server.Name) }
    }),
  }))
}

function settleCheck({ Path, Interval, Timeout, Rise, Fall }: ProxyCheck): SettledCheck {
  return {
    path: Path,
    intervalMs: milliseconds(Interval, 2000),
    timeoutMs: milliseconds(Timeout, 2000),
    rise: Rise ?? 2,
    fall: Fall ?? 3,
  }
}

function milliseconds(text: string | null | undefined, otherwise: number): number {
  return parseDuration(text ?? '') ?? otherwise
}

function parseListen(text: string): { address: string; port: number } {
  const colon = text.lastIndexOf(':')
  return { address: text.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(text.slice(colon + 1)) }
}
