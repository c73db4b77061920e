import { InfrakitError, type AppliedRoute, type RouteRequest } from '@infrakit/spi'

/** Whether the caller may change the route, and means the one that there is. Throws `conflict`. */
export function checkClaim(now: AppliedRoute | undefined, { Name, Owner, IfVersion }: RouteRequest): void {
  if (now && now.Route.Owner !== Owner) {
    throw new InfrakitError('conflict', `the route '${Name}' belongs to ${now.Route.Owner}, not to ${Owner}`, {
      hint: 'Take another name, or let its owner change it.',
    })
  }
  const version = now?.Version ?? 0
  if (IfVersion === undefined || IfVersion === null || IfVersion === version) return
  const is = now ? `at version ${version}` : 'not there'
  throw new InfrakitError('conflict', `the route '${Name}' is ${is}, and not at version ${IfVersion}`, {
    hint: 'Somebody changed it: look at it again.',
  })
}

export function noRoute(name: string): InfrakitError {
  return new InfrakitError('not-found', `there is no route '${name}'`, { hint: 'see: infrakit proxy ls' })
}
