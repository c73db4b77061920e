import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import { isDeepStrictEqual } from 'node:util'
import { setTimeout as sleep } from 'node:timers/promises'
import { InfrakitError, type LiveServer, type Proxy, type ProxyRoute } from '@infrakit/spi'
import { parseInput, routeSchema } from '@infrakit/spi/schemas'

/** What a proxy does that keeps its promises; each can be got wrong. */
export interface ProxyHabits {
  validateMakes: boolean
  inputKind: 'input' | 'plugin-failed'
  /** Milliseconds from the answer of apply until it is so. */
  late: number
  noticesSame: boolean
  minds: { version: boolean; owner: boolean; drain: boolean; prefix: boolean; weights: boolean; twins: boolean }
  cutsWhoLeaves: boolean
  counts: boolean
  removes: boolean
}

const right: ProxyHabits = {
  validateMakes: false,
  inputKind: 'input',
  late: 0,
  noticesSame: true,
  minds: { version: true, owner: true, drain: true, prefix: true, weights: true, twins: true },
  cutsWhoLeaves: false,
  counts: true,
  removes: true,
}

interface Kept {
  Route: ProxyRoute
  Version: number
  Drained: string[]
}

interface Count {
  inFlight: number
  requests: number
  sockets: Set<{ destroy(): void }>
}

/** A proxy in this process that keeps every promise, but for what `wrong` says. It ends with its last route. */
export function rightProxy(wrong: Partial<Omit<ProxyHabits, 'minds'>> & { minds?: Partial<ProxyHabits['minds']> }) {
  const habits = { ...right, ...wrong, minds: { ...right.minds, ...wrong.minds } }
  const kept = new Map<string, Kept>()
  let live = new Map<string, Kept>()
  const listening = new Map<number, Server>()
  const counts = new Map<string, Count>()
  let version = 0
  let turn = 0

  const countOf = (route: string, server: string): Count => {
    const key = `${route}/${server}`
    const count = counts.get(key) ?? { inFlight: 0, requests: 0, sockets: new Set() }
    counts.set(key, count)
    return count
  }
  const portOf = ({ Listen }: ProxyRoute) => Number(Listen.split(':').at(-1))

  function choose(port: number, host: string, path: string): Kept | undefined {
    const fits = ({ Route }: Kept) => {
      const prefix = Route.PathPrefix ?? '/'
      const below = prefix === '/' || path === prefix || path.startsWith(habits.minds.prefix ? `${prefix}/` : prefix)
      return portOf(Route) === port && below && (!Route.Host || Route.Host === host)
    }
    const rank = ({ Route }: Kept) => (Route.Host ? 1000 : 0) + (Route.PathPrefix ?? '/').length
    return [...live.values()].filter(fits).sort((a, b) => rank(b) - rank(a))[0]
  }

  /** Everybody as often as their weight says, by turns. */
  function lots({ Route, Drained }: Kept) {
    const sum = (weights: number[]) => weights.reduce((total, one) => total + one, 0)
    const taking = Route.Backends.flatMap(({ Weight, Servers }) => {
      const parts = sum(Servers.map((one) => one.Weight ?? 1))
      return Servers.map((one) => ({ server: one, share: ((Weight ?? 1) * (one.Weight ?? 1)) / (parts || 1) }))
    }).filter(({ server }) => !habits.minds.drain || !Drained.includes(server.Name))
    return taking.flatMap(({ server, share }) =>
      Array.from({ length: habits.minds.weights ? Math.round(share * 20) : 1 }, () => server),
    )
  }

  function pass(port: number, req: IncomingMessage, res: ServerResponse): void {
    const url = req.url ?? '/'
    const route = choose(port, (req.headers.host ?? '').split(':')[0]?.toLowerCase() ?? '', url.split('?')[0] ?? '')
    const all = route ? lots(route) : []
    const server = all[turn++ % Math.max(1, all.length)]
    if (!route || !server) return void res.writeHead(404).end()
    const { PathPrefix, StripPrefix } = route.Route
    const path = StripPrefix && PathPrefix ? `/${url.slice(PathPrefix.length).replace(/^\//, '')}` : url
    const count = countOf(route.Route.Name, server.Name)
    if (habits.counts) count.requests++
    count.inFlight++
    count.sockets.add(req.socket)
    const over = () => {
      count.inFlight--
      count.sockets.delete(req.socket)
    }
    const sent = request({ host: server.Host, port: server.Port, path, method: req.method, headers: req.headers })
    sent.once('close', over)
    sent.once('error', () => res.writeHead(502).end())
    sent.once('response', (answer) => answer.pipe(res.writeHead(answer.statusCode ?? 502)))
    req.pipe(sent)
  }

  async function settle(): Promise<void> {
    const ports = new Set([...kept.values()].map(({ Route }) => portOf(Route)))
    for (const port of ports) {
      if (listening.has(port)) continue
      const server = createServer((req, res) => pass(port, req, res)).listen(port, '127.0.0.1')
      await once(server, 'listening')
      listening.set(port, server)
    }
    for (const [port, server] of listening) {
      if (ports.has(port)) continue
      server.close()
      listening.delete(port)
    }
    const next = new Map([...kept].map(([name, one]) => [name, { ...one }]))
    if (habits.late > 0) setTimeout(() => (live = next), habits.late)
    else live = next
  }

  function check(Route: ProxyRoute): void {
    try {
      parseInput(routeSchema, Route)
    } catch (error) {
      throw new InfrakitError(habits.inputKind, String(error))
    }
  }

  function claim(Name: string, Owner: string, IfVersion: number | null | undefined): Kept | undefined {
    const now = kept.get(Name)
    if (habits.minds.owner && now && now.Route.Owner !== Owner) {
      throw new InfrakitError('conflict', `it belongs to ${now.Route.Owner}`)
    }
    const given = IfVersion !== null && IfVersion !== undefined && habits.minds.version
    if (given && IfVersion !== (now?.Version ?? 0)) throw new InfrakitError('conflict', 'another version')
    return now
  }

  function shown({ Route, Drained }: Kept): LiveServer[] {
    const all = lots({ Route, Version: 0, Drained })
    return Route.Backends.flatMap(({ Name: Backend, Servers }) =>
      Servers.map(({ Name, Host, Port }) => {
        const { inFlight: InFlight, requests } = countOf(Route.Name, Name)
        const Share = all.length > 0 ? all.filter((one) => one.Name === Name).length / all.length : 0
        const Answers = { '1xx': 0, '2xx': requests, '3xx': 0, '4xx': 0, '5xx': 0 }
        const none = { ConnectErrors: 0, AnswerErrors: 0, Retries: 0 }
        const State = Drained.includes(Name) ? ('draining' as const) : ('up' as const)
        return { Backend, Name, Host, Port, State, Share, InFlight, Requests: requests, Answers, ...none }
      }),
    )
  }

  const handlers: Proxy = {
    async validate({ Route }) {
      check(Route)
      if (habits.validateMakes) kept.set(Route.Name, { Route, Version: ++version, Drained: [] })
    },
    async apply({ Route, IfVersion }) {
      check(Route)
      const now = claim(Route.Name, Route.Owner, IfVersion)
      if (now && habits.noticesSame && isDeepStrictEqual(now.Route, Route))
        return { Version: now.Version, Changed: false }
      const key = ({ Listen, Host, PathPrefix }: ProxyRoute) => [Listen, Host, PathPrefix ?? '/'].join()
      const twin = [...kept.values()].find((one) => one.Route.Name !== Route.Name && key(one.Route) === key(Route))
      if (twin && habits.minds.twins) throw new InfrakitError('conflict', `${twin.Route.Name} takes the same requests`)
      if (habits.cutsWhoLeaves) for (const { sockets } of counts.values()) for (const one of sockets) one.destroy()
      kept.set(Route.Name, { Route, Version: ++version, Drained: now?.Drained ?? [] })
      await settle()
      // One that is wrong gives the twin's requests to the one that came last.
      if (twin) throw new InfrakitError('conflict', `${twin.Route.Name} takes the same requests`)
      return { Version: version, Changed: true }
    },
    async describe({ Name }) {
      const one = kept.get(Name)
      if (!one) throw new InfrakitError('not-found', `there is no route ${Name}`)
      return { Route: { ...one, Servers: shown(one) } }
    },
    async drain({ Name, Owner, Server, TimeoutSeconds, Undo, IfVersion }) {
      const now = claim(Name, Owner, IfVersion)
      if (!now) throw new InfrakitError('not-found', `there is no route ${Name}`)
      const others = now.Drained.filter((one) => one !== Server)
      kept.set(Name, { ...now, Drained: Undo ? others : [...others, Server] })
      await settle()
      const end = performance.now() + (TimeoutSeconds ?? 30) * 1000
      const count = countOf(Name, Server)
      while (!Undo && count.inFlight > 0 && performance.now() < end) await sleep(5)
      return { InFlight: count.inFlight, Cut: 0 }
    },
    async remove({ Name, Owner, IfVersion }) {
      claim(Name, Owner, IfVersion)
      if (!habits.removes && kept.has(Name)) return void setTimeout(() => void (kept.delete(Name), void settle()), 300)
      kept.delete(Name)
      await settle()
    },
    list: async () => ({ Routes: [...kept.values()] }),
  }
  return handlers
}
