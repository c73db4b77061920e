import type { ServerState } from '@infrakit/spi'
import { serverKey, serversOf, type PreparedRoute } from './prepared.js'

export type Publish = (event: { Topic: string; Type: string; ID: string; Message: string }) => void

/** Tells when a server has come to be in another state. */
export interface States {
  /** @param unwell servers that are down or rest, by `serverKey` */
  tell(routes: readonly PreparedRoute[], unwell: ReadonlySet<string>): void
}

interface Known {
  readonly prepared: PreparedRoute
  readonly states: ReadonlyMap<string, ServerState>
}

export function createStates(publish: Publish): States {
  const known = new Map<string, Known>()
  let before: ReadonlySet<string> = new Set()

  function tellRoute(prepared: PreparedRoute, unwell: ReadonlySet<string>): void {
    const { name } = prepared.route
    const was = known.get(name)?.states
    const states = statesOf(prepared, unwell)
    known.set(name, { prepared, states })
    for (const [server, state] of states) {
      const old = was?.get(server)
      if (old === undefined || old === state) continue
      const Message = `${server} of ${name} is ${state}`
      publish({ Topic: `proxy/servers/${name}/${server}`, Type: 'server', ID: server, Message })
    }
  }

  return {
    tell(routes, unwell) {
      const others = [...unwell, ...before].filter((key) => unwell.has(key) !== before.has(key))
      const affected = new Set(others.map((key) => key.split('/', 1)[0]))
      before = new Set(unwell)
      for (const one of routes) {
        const { name } = one.route
        if (affected.has(name) || known.get(name)?.prepared !== one) tellRoute(one, unwell)
      }
    },
  }
}

function statesOf({ route, addresses }: PreparedRoute, unwell: ReadonlySet<string>): Map<string, ServerState> {
  return new Map(
    serversOf(route).map(({ server: { name, host, drained } }) => {
      const down = unwell.has(serverKey(route.name, name)) || addresses.get(host) === undefined
      return [name, drained ? 'draining' : down ? 'down' : 'up'] as const
    }),
  )
}
