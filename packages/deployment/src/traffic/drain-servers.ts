import { kindOf, type FenceToken } from '@infrakit/spi'
import { routeOwner } from '../names.js'
import type { Ports } from '../ports.js'
import type { Traffic } from '../records.js'

/** More than a drain's own time, for the answer (ms). */
const answerMs = 15_000

/**
 * Waits until nothing is in flight at these servers in any route of any proxy, and cuts what is left when the time is up.
 * Answers how much was cut.
 */
export async function drainServers(
  ports: Ports,
  { Service, Proxies, Routes, DrainSeconds }: Traffic,
  servers: readonly string[],
  fence: () => Promise<FenceToken>,
): Promise<number> {
  const Owner = routeOwner(Service)
  async function drain(name: string, route: string, Server: string): Promise<number> {
    const { proxy } = await ports.proxy(name)
    const request = { Name: route, Owner, Server, TimeoutSeconds: DrainSeconds, Cut: true, Fence: await fence() }
    try {
      const { Cut } = await proxy.drain(request, { timeout: DrainSeconds * 1000 + answerMs })
      return Cut
    } catch (error) {
      // A proxy that does not know it any more has nothing in flight there.
      if (kindOf(error) === 'not-found') return 0
      throw error
    }
  }
  const places = Proxies.flatMap((name) => Routes.map((route) => [name, route.Name] as const))
  const cut = await Promise.all(places.flatMap(([name, route]) => servers.map((server) => drain(name, route, server))))
  return cut.reduce((sum, one) => sum + one, 0)
}
