import { isDeepStrictEqual } from 'node:util'
import type { AppliedRoute, LiveServer, Proxy } from '@infrakit/spi'
import { checkClaim, noRoute } from './claims.js'
import { createDrain } from './drain.js'
import type { Engine } from './engine.js'
import { openKeptRoutes } from './kept-routes.js'
import { checkNeighbours } from './neighbours.js'
import { Routes } from './routes.js'
import { settle } from './settle.js'

export interface ProxyOptions {
  /** A folder of its own. */
  readonly dir: string
  readonly engine: Engine
  readonly log: { warn(fields: object, message: string): void }
  readonly publish: (event: { Topic: string; Type: string; ID: string; Message: string }) => void
}

export interface OpenProxy {
  readonly proxy: Proxy
  /** Resolves when nothing is being changed any more. */
  close(): Promise<void>
}

const retryMs = 10_000

/**
 * The interface `Proxy` on an engine: who may change what, versions, drains, and durable routes. What the last process was told is
 * live when it answers. Throws what the engine throws when it cannot work at all, and `StoreError`.
 */
export async function openProxy({ dir, engine, log, publish }: ProxyOptions): Promise<OpenProxy> {
  const kept = await openKeptRoutes(dir)
  const changed = (ID: string) =>
    publish({ Topic: `proxy/routes/${ID}`, Type: 'route', ID, Message: `the route ${ID} has changed` })
  const routes = await Routes.open({ engine, kept, log, changed })
  const stopRetrying = createRetries(routes)
  return {
    proxy: { ...createChanges(routes, engine), drain: createDrain(routes, engine), ...createViews(routes, engine) },
    async close() {
      stopRetrying()
      await routes.idle()
    },
  }
}

/** One after the other: each may take as long as the proxy takes to refuse. */
function createRetries(routes: Routes): () => void {
  let over = false
  let timer: NodeJS.Timeout
  const plan = () => {
    timer = setTimeout(() => void routes.retry().then(() => over || plan()), retryMs).unref()
  }
  plan()
  return () => {
    over = true
    clearTimeout(timer)
  }
}

function createChanges(routes: Routes, engine: Engine): Pick<Proxy, 'validate' | 'apply' | 'remove'> {
  return {
    async validate({ Route }) {
      const route = settle({ Route, Drained: [] })
      await engine.check(route)
      checkNeighbours(
        route,
        routes.all().map((one) => routes.settled(one)),
      )
    },
    async apply({ Route, IfVersion = null }) {
      const { Name, Owner } = Route
      await engine.check(settle({ Route, Drained: [] }))
      const servers = new Set(Route.Backends.flatMap(({ Servers }) => Servers.map((server) => server.Name)))
      let before: AppliedRoute | undefined
      const now = await routes.change(Name, (now, all) => {
        before = now
        checkClaim(now, { Name, Owner, IfVersion })
        if (now && isDeepStrictEqual(plain(now.Route), plain(Route)) && !routes.isAside(Name)) return now
        const Drained = now?.Drained.filter((one) => servers.has(one)) ?? []
        const next = { Route, Version: routes.nextVersion(), Drained }
        checkNeighbours(
          routes.settled(next),
          [...all.values()].map((one) => routes.settled(one)),
        )
        return next
      })
      return { Version: now?.Version ?? 0, Changed: now !== before }
    },
    async remove(request) {
      await routes.change(request.Name, (now) => {
        if (now || request.IfVersion) checkClaim(now, request)
        return undefined
      })
    },
  }
}

/** As it was written, with `null` for absent: both are the same. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (_, one: unknown) => (one === null ? undefined : one))
}

function createViews(routes: Routes, engine: Engine): Pick<Proxy, 'describe' | 'list'> {
  return {
    async describe({ Name }) {
      const route = routes.get(Name)
      if (!route) throw noRoute(Name)
      const aside = routes.isAside(Name)
      const Servers = aside ? unknownServers(route) : await engine.look(Name).catch(() => unknownServers(route))
      return { Route: { ...route, Servers } }
    },
    list: async () => ({ Routes: routes.all() }),
  }
}

/** Of a route whose proxy cannot be asked. */
function unknownServers(route: AppliedRoute): LiveServer[] {
  const { backends } = settle(route)
  return backends.flatMap(({ name, servers }) =>
    servers.map((server) => ({
      ...noCounters(),
      Backend: name,
      Name: server.name,
      Host: server.host,
      Port: server.port,
      State: 'unknown' as const,
      Share: server.share,
    })),
  )
}

/** The counters of a server that has had no request yet. */
export function noCounters(): Omit<LiveServer, 'Backend' | 'Name' | 'Host' | 'Port' | 'State' | 'Share'> {
  return {
    InFlight: 0,
    Requests: 0,
    Answers: { '1xx': 0, '2xx': 0, '3xx': 0, '4xx': 0, '5xx': 0 },
    ConnectErrors: 0,
    AnswerErrors: 0,
    Retries: 0,
    AnswerMs: null,
  }
}
