import type { LiveRoute, LiveServer } from '@infrakit/spi'

export const routeColumns = [
  'ROUTE',
  'BACKEND',
  'SERVER',
  'ADDRESS',
  'STATE',
  'SHARE',
  'IN FLIGHT',
  'REQUESTS',
  '5XX',
  'ERRORS',
].map((title) => ({ title }))

/** A row for each server of a route; one without servers has one row. */
export function routeRows({ Route, Servers }: LiveRoute): string[][] {
  if (Servers.length === 0) return [[Route.Name, '-', '-', '-', '-', '-', '-', '-', '-', '-']]
  return Servers.map((server) => [Route.Name, ...cellsOf(server)])
}

function cellsOf(server: LiveServer): string[] {
  const { Backend, Name, Host, Port, State, Share, InFlight, Requests, Answers, ConnectErrors, AnswerErrors } = server
  const address = `${Host.includes(':') ? `[${Host}]` : Host}:${Port}`
  const counts = [InFlight, Requests, Answers['5xx'], ConnectErrors + AnswerErrors]
  return [Backend, Name, address, State, `${(Share * 100).toFixed(1)}%`, ...counts.map(String)]
}

/** A route in a few lines. */
export function describeRoute({ Route, Version, Drained }: LiveRoute): string[] {
  const taken = `${Route.Host ?? 'any host'}${Route.PathPrefix ?? '/'}`
  const lines = [
    `Route ${Route.Name} of ${Route.Owner}, version ${Version}`,
    `Takes ${taken} at ${Route.Listen}${Route.TLS ? ' with TLS' : ''}`,
  ]
  return Drained.length > 0 ? [...lines, `Drained by hand: ${Drained.join(', ')}`] : lines
}
