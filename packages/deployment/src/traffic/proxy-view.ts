import { kindOf, type FenceToken, type LiveRoute, type Proxy, type ProxyRoute } from '@infrakit/spi'
import { routeOwner } from '../names.js'

/** A proxy's answer for one route. */
export interface RouteView {
  /** Servers that the route names. */
  readonly routed: ReadonlySet<string>
  /** Those that requests can go to, and those that somebody drained by hand. */
  readonly live: ReadonlySet<string>
}

export const nothingRouted: RouteView = { routed: new Set(), live: new Set() }

/** What the proxy has of a route; `undefined` when it has none of that name. */
export async function look(proxy: Proxy, name: string): Promise<LiveRoute | undefined> {
  try {
    return (await proxy.describe({ Name: name })).Route
  } catch (error) {
    if (kindOf(error) === 'not-found') return undefined
    throw error
  }
}

export function viewOf(route: LiveRoute | undefined): RouteView {
  if (!route) return nothingRouted
  const routed = new Set(route.Route.Backends.flatMap(({ Servers }) => Servers.map(({ Name }) => Name)))
  const live = route.Servers.filter(({ State }) => State === 'up' || State === 'draining').map(({ Name }) => Name)
  return { routed, live: new Set([...live, ...route.Drained].filter((name) => routed.has(name))) }
}

/** Makes the route as it is desired, unless it is so already, and answers what is there then. */
export async function make(
  proxy: Proxy,
  desired: ProxyRoute,
  found: LiveRoute | undefined,
  fence: () => Promise<FenceToken>,
): Promise<LiveRoute | undefined> {
  if (found && canonical(found.Route) === canonical(desired)) return found
  await proxy.apply({ Route: desired, Fence: await fence() })
  return look(proxy, desired.Name)
}

/** Removes the service's routes but those that are named. */
export async function clear(
  proxy: Proxy,
  service: string,
  kept: ReadonlySet<string>,
  fence: () => Promise<FenceToken>,
): Promise<void> {
  const Owner = routeOwner(service)
  const { Routes } = await proxy.list({})
  for (const { Route } of Routes) {
    if (Route.Owner !== Owner || kept.has(Route.Name)) continue
    await proxy.remove({ Name: Route.Name, Owner, Fence: await fence() })
  }
}

/** The same text for the same route, however it was written: what is absent and what is null mean the same. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, one: unknown) => {
    if (typeof one !== 'object' || one === null || Array.isArray(one)) return one
    const members = Object.entries(one).filter(([, member]) => member !== null && member !== undefined)
    return Object.fromEntries(members.sort(([a], [b]) => (a < b ? -1 : 1)))
  })
}
