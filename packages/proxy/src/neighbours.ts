import { InfrakitError } from '@infrakit/spi'
import type { SettledRoute } from './settle.js'

/**
 * Whether a route can be there beside the others. Throws `conflict` when another one takes the same requests, `input` when both
 * cannot listen where they want to.
 */
export function checkNeighbours(route: SettledRoute, others: readonly SettledRoute[]): void {
  for (const other of others) {
    if (other.name === route.name || other.listen.port !== route.listen.port) continue
    const { address, port } = route.listen
    if (other.listen.address !== address) {
      if (address !== '' && other.listen.address !== '') continue
      throw new InfrakitError(
        'input',
        `Listen: ${route.name} and ${whose(other)} want port ${port} at different addresses`,
        {
          path: 'Listen',
          hint: `Let both listen at the same address, or give ${route.name} another port.`,
        },
      )
    }
    if ((other.tls === undefined) !== (route.tls === undefined)) {
      const [bare, secure] = other.tls === undefined ? [other, route] : [route, other]
      throw new InfrakitError('input', `TLS: on port ${port} ${secure.name} speaks TLS and ${bare.name} does not`, {
        path: 'TLS',
        hint: 'All routes that share a Listen have a certificate, or none has.',
      })
    }
    if (other.host === route.host && other.pathPrefix === route.pathPrefix) {
      throw new InfrakitError('conflict', `${whose(other)} takes the same requests already`, {
        hint: `Give ${route.name} another Host or PathPrefix, or remove ${other.name}.`,
      })
    }
  }
}

function whose({ name, owner }: SettledRoute): string {
  return `the route '${name}' of ${owner}`
}
