import type { Certificate, SettledRoute, SettledServer } from '@infrakit/proxy'

/** A route with all that nginx cannot find out for itself. */
export interface PreparedRoute {
  readonly route: SettledRoute
  /** The IP address of a host; `undefined` while none is known. */
  readonly addresses: ReadonlyMap<string, string | undefined>
  readonly certificate: Certificate | undefined
}

/** A server of a route, as others find it. */
export interface ServerOf {
  readonly backend: string
  readonly server: SettledServer
}

export function serversOf({ backends }: SettledRoute): ServerOf[] {
  return backends.flatMap((backend) => backend.servers.map((server) => ({ backend: backend.name, server })))
}

/** By it a server is known to nginx and in counts. */
export function serverKey(route: string, server: string): string {
  return `${route}/${server}`
}
