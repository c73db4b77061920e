import type { DeploymentRoute, Endpoint, ProxyBackend, ProxyRoute, ProxyServer, ServiceEntry } from '@infrakit/spi'
import { routeOwner } from '../names.js'
import type { Traffic, TrafficShare } from '../records.js'
import type { Member } from './members.js'

/** Those of a group who are to get requests. */
export type Serving = (group: string) => readonly Member[]

/** A route as its proxy is to have it: one backend for each release that has a share. */
export function desiredRoute(traffic: Traffic, route: DeploymentRoute, serving: Serving): ProxyRoute {
  const { Port, Check, ...rest } = route
  const backends = traffic.Shares.map((share) => backendOf(share, Port ?? undefined, Check ?? undefined, serving))
  return {
    ...rest,
    Owner: routeOwner(traffic.Service),
    // A route without a backend is none: requests are answered that nobody serves.
    Backends: backends.length > 0 ? backends : [{ Name: 'nobody', Servers: [] }],
  }
}

function backendOf(
  { Group, Weight }: TrafficShare,
  port: number | undefined,
  check: ProxyBackend['Check'],
  serving: Serving,
): ProxyBackend {
  const Servers = serving(Group)
    .flatMap((member): ProxyServer[] => {
      const endpoint = endpointFor(member.endpoints, port)
      return endpoint ? [{ Name: serverName(member.id), Host: endpoint.Host, Port: endpoint.Port }] : []
    })
    .sort((a, b) => (a.Name < b.Name ? -1 : 1))
  return { Name: Group, Weight, Servers, ...(check ? { Check: check } : {}) }
}

/** The endpoint with that container port; without one, the first. */
function endpointFor(endpoints: readonly Endpoint[], port: number | undefined): Endpoint | undefined {
  if (port === undefined) return endpoints[0]
  return endpoints.find(({ ContainerPort, Port }) => (ContainerPort ?? Port) === port)
}

/** What an instance is called in a proxy, whose names have fewer signs and at most 100 of them. */
export function serverName(id: string): string {
  const name = id.replace(/[^A-Za-z0-9._-]/g, '-').replace(/^[^A-Za-z0-9]+/, '')
  return name.length <= 100 ? name : name.slice(-100).replace(/^[^A-Za-z0-9]+/, '')
}

/**
 * What the catalogue is to have: each instance under the name of the service and its colour (`shop-green`), and, when it
 * gets requests, under that of the service as well: whoever looks for `shop` finds what serves.
 */
export function desiredEntries(traffic: Traffic, serving: Serving): ServiceEntry[] {
  if (!traffic.Catalogue) return []
  return traffic.Shares.flatMap(({ Group, Colour, Release, Weight }) =>
    serving(Group).flatMap((member) => {
      const endpoint = member.endpoints[0]
      if (!endpoint) return []
      const place = { Address: endpoint.Host, Port: endpoint.Port, Tags: [Colour, `release-${Release}`] }
      const id = `${Group}.${serverName(member.id)}`
      const coloured = { Name: colouredName(traffic.Service, Colour), ID: id, ...place }
      return Weight > 0 ? [coloured, { Name: traffic.Service, ID: `${id}.live`, ...place }] : [coloured]
    }),
  )
}

/** Names under which a service's instances may stand in the catalogue. */
export function catalogueNames(service: string): readonly string[] {
  return [service, colouredName(service, 'blue'), colouredName(service, 'green')]
}

function colouredName(service: string, colour: string): string {
  return `${service}-${colour}`
}
