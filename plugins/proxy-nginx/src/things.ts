import { createHash } from 'node:crypto'
import { clientClass } from './lua-configuration.js'
import type { PreparedRoute } from './prepared.js'

/** What the dictionary holds: routes (`r`), which path of a host is whose (`t`), certificates of hosts (`c`). `*`: all other hosts. */
export interface Thing {
  readonly kind: 'r' | 't' | 'c'
  readonly name: string
  readonly text: string
}

const everyHost = '*'
const texts = new WeakMap<PreparedRoute, string>()

/** All that nginx has to know of these routes, by `idOf`. */
export function thingsOf(routes: readonly PreparedRoute[]): Map<string, Thing> {
  const tables = new Map<string, string[]>()
  const certificates = new Map<string, PreparedRoute>()
  const things: Thing[] = []
  for (const one of routes) {
    const { name, host = everyHost, pathPrefix } = one.route
    things.push({ kind: 'r', name, text: textOf(one) })
    const table = tables.get(host) ?? []
    table.push(`${pathPrefix}\t${name}\n`)
    tables.set(host, table)
    if (!one.certificate) continue
    // Of several routes of a host the first one's is shown, whatever was applied last.
    for (const key of [host, everyHost]) {
      const other = certificates.get(key)
      if (!other || before(one, other, key)) certificates.set(key, one)
    }
  }
  for (const [name, table] of tables) things.push({ kind: 't', name, text: table.sort().join('') })
  for (const [name, { certificate }] of certificates) {
    if (certificate) things.push({ kind: 'c', name, text: `${certificate.certificate}\0${certificate.key}` })
  }
  return new Map(things.map((thing) => [idOf(thing), thing]))
}

/** For clients that name no host, or an unknown one: the route for all hosts, else the first by name. */
function before({ route }: PreparedRoute, other: PreparedRoute, key: string): boolean {
  const foreign = (one: PreparedRoute['route']) => Number((one.host ?? everyHost) !== key)
  const difference = foreign(route) - foreign(other.route)
  return difference === 0 ? route.name < other.route.name : difference < 0
}

export function idOf({ kind, name }: Pick<Thing, 'kind' | 'name'>): string {
  return `${kind} ${name}`
}

export function digestOf(text: string): string {
  return createHash('md5').update(text).digest('hex')
}

function textOf(prepared: PreparedRoute): string {
  const known = texts.get(prepared)
  if (known !== undefined) return known
  const text = writeRoute(prepared)
  texts.set(prepared, text)
  return text
}

/** A line of fields for the route, for each backend and, after it, for each of its servers. */
function writeRoute({ route, addresses }: PreparedRoute): string {
  const { timeouts } = route
  const lines = [
    [
      'route',
      route.pathPrefix,
      Number(route.stripPrefix),
      route.balance,
      route.maxFails,
      route.failTimeoutMs,
      timeouts.connectMs,
      timeouts.serverMs,
      clientClass(timeouts.clientMs),
    ],
  ]
  for (const backend of route.backends) {
    lines.push(['backend', backend.weight])
    for (const { name, host, port, share } of backend.servers) {
      const address = addresses.get(host)
      // One without an address can be sent nothing.
      lines.push(['server', name, address ?? '0.0.0.0', port, address === undefined ? 0 : share])
    }
  }
  return lines.map((line) => `${line.join('\t')}\n`).join('')
}
