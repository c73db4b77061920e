import { isDeepStrictEqual } from 'node:util'
import { readCertificate, type SettledRoute } from '@infrakit/proxy'
import { InfrakitError } from '@infrakit/spi'
import { errorOf, weightsFor } from './weights.js'

const tolerated = 0.01

/**
 * Whether HAProxy can serve this route. Throws `input` or `incompatible`.
 *
 * @param hasCertificate whether a good one is kept of it, so that its files may be bad
 */
export async function checkRoute(route: SettledRoute, { hasCertificate = false } = {}): Promise<void> {
  const shares = route.backends.flatMap(({ servers }) => servers.map(({ share }) => share))
  const error = errorOf(weightsFor(shares), shares)
  if (error > tolerated) {
    const words = `a share would be wrong by ${(error * 100).toFixed(1)}%: HAProxy's weights end at 256`
    throw new InfrakitError('incompatible', `Weight: ${words}`, {
      path: 'Weight',
      hint: 'Use fewer servers, or weights that differ less.',
    })
  }
  const [first, ...rest] = route.backends.filter(({ servers }) => servers.length > 0)
  const other = rest.find(({ check }) => !isDeepStrictEqual(check, first?.check))
  if (other && first) {
    const words = `HAProxy checks all servers of a route alike, and ${other.name} is not to be checked as ${first.name} is`
    throw new InfrakitError('incompatible', `Backends: ${words}`, {
      path: 'Backends',
      hint: 'Give all backends of the route the same Check, or use proxy-embedded.',
    })
  }
  if (route.tls && !hasCertificate) await readCertificate(route.tls)
}
