import { setTimeout as sleep } from 'node:timers/promises'
import { InfrakitError, type Proxy } from '@infrakit/spi'
import { checkClaim, noRoute } from './claims.js'
import type { Engine } from './engine.js'
import type { Routes } from './routes.js'

const lookAgainMs = 20

/**
 * Takes a server out by hand and waits until nothing is under way there. A proxy that does not say, as while it is started again, is
 * asked on until the time is up: then, and not before, it throws what kept it from knowing.
 */
export function createDrain(routes: Routes, engine: Engine): Proxy['drain'] {
  return async function drain(request, call) {
    const { Name, Server, Undo, Cut, TimeoutSeconds } = request
    await set(routes, engine, request)
    const end = performance.now() + (TimeoutSeconds ?? 30) * 1000
    for (;;) {
      const isLast = performance.now() >= end || Undo || call?.signal?.aborted
      const found = await underWay(engine, Name, Server).catch((error: unknown) => ({ error }))
      // Nobody counts for a route that is not there: nothing may be said of it.
      if (!routes.get(Name)) throw removed(Name, Server)
      if (typeof found === 'number') {
        if (found === 0 || Undo || call?.signal?.aborted) return { InFlight: found, Cut: 0 }
        if (isLast) return Cut ? { InFlight: 0, Cut: await engine.cut(Name, Server) } : { InFlight: found, Cut: 0 }
      } else if (isLast) throw found.error
      await sleep(lookAgainMs)
    }
  }
}

async function underWay(engine: Engine, name: string, server: string): Promise<number> {
  const all = (await engine.look(name)).filter((one) => one.Name === server)
  return all.reduce((sum, { InFlight }) => sum + InFlight, 0)
}

/** Sets whether a server is out by hand. A server that the route has ceased to name is out already. */
async function set(routes: Routes, engine: Engine, request: Parameters<Proxy['drain']>[0]): Promise<void> {
  const { Name, Server, Undo } = request
  const lingering = (await engine.look(Name).catch(() => [])).some((one) => one.Name === Server)
  await routes.change(Name, (now) => {
    if (!now) throw noRoute(Name)
    checkClaim(now, request)
    if (!now.Route.Backends.some(({ Servers }) => Servers.some((one) => one.Name === Server))) {
      if (lingering || routes.hasNamed(Name, Server)) return now
      throw new InfrakitError('not-found', `the route '${Name}' has no server '${Server}'`, {
        hint: `see: infrakit proxy describe ${Name}`,
      })
    }
    if (now.Drained.includes(Server) !== Boolean(Undo)) return now
    const others = now.Drained.filter((one) => one !== Server)
    return { ...now, Drained: Undo ? others : [...others, Server].sort() }
  })
}

function removed(name: string, server: string): InfrakitError {
  return new InfrakitError('not-found', `the route '${name}' was removed while '${server}' was drained`, {
    hint: 'What was under way there is finished, and nobody counts it: leave the server some time.',
  })
}
