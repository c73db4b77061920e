import { InfrakitError, type LiveServer } from '@infrakit/spi'
import { noCounters, type Engine, type SettledRoute } from '../src/index.js'

export interface FakeEngine extends Engine {
  /** The routes that are live. */
  readonly live: Map<string, SettledRoute>
  /** The names that each call said had changed. */
  readonly calls: string[][]
  /** Names of routes that it refuses to make. */
  readonly refused: Set<string>
  /** Names of routes that it refuses to check. */
  readonly lacking: Set<string>
  /** Requests under way by server, wherever it is. */
  readonly inFlight: Map<string, number>
  /** Calls of `make` wait for this. */
  gate: Promise<void>
}

/** An engine that serves nobody. */
export function createFakeEngine(): FakeEngine {
  const engine: FakeEngine = {
    live: new Map(),
    calls: [],
    refused: new Set(),
    lacking: new Set(),
    inFlight: new Map(),
    gate: Promise.resolve(),
    async check({ name }) {
      if (engine.lacking.has(name)) throw new InfrakitError('incompatible', `cannot serve ${name}`)
    },
    async make(routes, changed) {
      engine.calls.push([...changed].sort())
      await engine.gate
      const bad = routes.find(({ name }) => engine.refused.has(name))
      if (bad) throw new InfrakitError('plugin-failed', `line 7: ${bad.name} makes no sense`)
      engine.live.clear()
      for (const route of routes) engine.live.set(route.name, route)
    },
    async look(name) {
      const servers = engine.live.get(name)?.backends.flatMap(({ servers }) => servers) ?? []
      const shown: LiveServer[] = servers.map((server) => ({
        ...noCounters(),
        Backend: 'blue',
        Name: server.name,
        Host: server.host,
        Port: server.port,
        State: server.drained ? 'draining' : 'up',
        Share: server.share,
        InFlight: engine.inFlight.get(server.name) ?? 0,
      }))
      return shown
    },
    async cut(_, server) {
      const cut = engine.inFlight.get(server) ?? 0
      engine.inFlight.delete(server)
      return cut
    },
  }
  return engine
}
