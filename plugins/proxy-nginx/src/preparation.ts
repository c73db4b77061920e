import type { Addresses, Certificate, SettledRoute } from '@infrakit/proxy'
import type { Certificates } from './certificates.js'
import { serversOf, type PreparedRoute } from './prepared.js'

type ByName = ReadonlyMap<string, PreparedRoute>

/** Finds out what nginx cannot: addresses of names, and certificates. Routes that are as they were stay the same objects. */
export interface Preparation {
  /** @param strict routes whose hosts have to be found: for them it throws `input` */
  prepare(
    routes: readonly SettledRoute[],
    before: ByName,
    strict: ReadonlySet<string>,
  ): Promise<Map<string, PreparedRoute>>
  /** The same routes, with what names mean now, and these certificates. */
  again(before: ByName, renewed: ReadonlyMap<string, Certificate>): Map<string, PreparedRoute>
  /** Certificates whose files are others than before. @param bad called for those that are none */
  renewed(routes: ByName, bad: (route: string, error: unknown) => void): Promise<Map<string, Certificate>>
  /** Keeps the certificates of routes that have changed, for when their files become bad. */
  keep(routes: ByName, before: ByName, changed: Iterable<string>): Promise<void>
}

export interface PreparationParts {
  readonly addresses: Addresses
  readonly certificates: Certificates
  /** Called with a host that cannot be looked up, where that is borne. */
  readonly unknown: (route: string, host: string) => void
}

export function createPreparation({ addresses, certificates, unknown }: PreparationParts): Preparation {
  async function prepareOne(route: SettledRoute, strict: ReadonlySet<string>): Promise<PreparedRoute> {
    const hosts = new Set(hostsOf(route))
    const learnt = addresses.learn(hosts)
    await (strict.has(route.name) ? learnt : learnt.catch(() => undefined))
    const found = new Map([...hosts].map((host) => [host, addresses.of(host)]))
    for (const [host, address] of found) if (address === undefined) unknown(route.name, host)
    const certificate = route.tls && (await certificates.readOrKept(route.name, route.tls))
    return { route, addresses: found, certificate }
  }

  return {
    async prepare(routes, before, strict) {
      const isNew = (route: SettledRoute) => before.get(route.name)?.route !== route
      // All at once; whose route is to be refused by it is found below.
      await addresses.learn(routes.filter(isNew).flatMap(hostsOf)).catch(() => undefined)
      const prepared = new Map<string, PreparedRoute>()
      for (const route of routes) {
        const known = isNew(route) ? undefined : before.get(route.name)
        prepared.set(route.name, known ?? (await prepareOne(route, strict)))
      }
      return prepared
    },
    again(before, renewed) {
      const next = new Map<string, PreparedRoute>()
      for (const [name, one] of before) {
        const found = new Map([...one.addresses.keys()].map((host) => [host, addresses.of(host)]))
        const certificate = renewed.get(name) ?? one.certificate
        const isSame =
          certificate === one.certificate && [...found].every(([host, its]) => one.addresses.get(host) === its)
        next.set(name, isSame ? one : { ...one, addresses: found, certificate })
      }
      return next
    },
    async renewed(routes, bad) {
      const renewed = new Map<string, Certificate>()
      for (const [name, { route, certificate }] of routes) {
        if (!route.tls) continue
        try {
          const now = await certificates.renewed(route.tls, certificate)
          if (now) renewed.set(name, now)
        } catch (error) {
          bad(name, error)
        }
      }
      return renewed
    },
    async keep(routes, before, changed) {
      for (const name of changed) {
        const { route, certificate } = routes.get(name) ?? {}
        if (route?.tls && certificate) await certificates.keep(name, route.tls, certificate)
        else if (before.get(name)?.certificate) await certificates.forget(name)
      }
    },
  }
}

function hostsOf(route: SettledRoute): string[] {
  return serversOf(route).map(({ server }) => server.host)
}
