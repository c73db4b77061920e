import type { SettledRoute } from '@infrakit/proxy'
import { Route, type Tell } from './route.js'

export const listenKey = ({ listen }: SettledRoute): string => `${listen.address}|${listen.port}`

/** Which route takes a request, by where it came in, its host and its path. */
export class Table {
  readonly #routes = new Map<string, Route>()
  /** By `listenKey`, then by host (`''`: any), those with the longest prefix first. */
  readonly #byListen = new Map<string, Map<string, Route[]>>()
  /** Routes that are gone and still busy. */
  #ended: Route[] = []

  constructor(private readonly tell: Tell) {}

  get(name: string): Route | undefined {
    return this.#routes.get(name)
  }

  /** All of a name: the one that is, and those that were and are still busy. */
  allNamed(name: string): Route[] {
    this.#ended = this.#ended.filter((route) => route.isBusy())
    const now = this.#routes.get(name)
    return [...(now ? [now] : []), ...this.#ended.filter(({ settled }) => settled.name === name)]
  }

  all(): Iterable<Route> {
    return this.#routes.values()
  }

  listens(): Set<string> {
    return new Set(this.#byListen.keys())
  }

  /** Makes the change in one turn: no request sees half of it. */
  change(set: readonly SettledRoute[], gone: readonly string[]): void {
    for (const name of gone) {
      const route = this.#routes.get(name)
      if (!route) continue
      this.#routes.delete(name)
      this.#unlist(route)
      route.end()
      if (route.isBusy()) this.#ended.push(route)
    }
    for (const settled of set) {
      const route = this.#routes.get(settled.name)
      if (route) {
        this.#unlist(route)
        route.become(settled)
        this.#list(route)
      } else {
        const made = new Route(settled, this.tell)
        this.#routes.set(settled.name, made)
        this.#list(made)
      }
    }
  }

  /** The route that takes a request. The path has no query. */
  find(listen: string, host: string, path: string): Route | undefined {
    const hosts = this.#byListen.get(listen)
    if (!hosts) return undefined
    return below(hosts.get(host), path) ?? below(hosts.get(''), path)
  }

  #list(route: Route): void {
    const key = listenKey(route.settled)
    const host = route.settled.host ?? ''
    const hosts = this.#byListen.get(key) ?? new Map<string, Route[]>()
    this.#byListen.set(key, hosts)
    const all = [...(hosts.get(host) ?? []), route]
    hosts.set(
      host,
      all.sort((a, b) => b.settled.pathPrefix.length - a.settled.pathPrefix.length),
    )
  }

  #unlist(route: Route): void {
    const key = listenKey(route.settled)
    const hosts = this.#byListen.get(key)
    const host = route.settled.host ?? ''
    const others = hosts?.get(host)?.filter((one) => one !== route) ?? []
    if (others.length > 0) hosts?.set(host, others)
    else hosts?.delete(host)
    if (hosts?.size === 0) this.#byListen.delete(key)
  }
}

function below(routes: readonly Route[] | undefined, path: string): Route | undefined {
  return routes?.find(({ settled: { pathPrefix } }) => {
    return (
      pathPrefix === '/' ||
      (path.startsWith(pathPrefix) && (path.length === pathPrefix.length || path[pathPrefix.length] === '/'))
    )
  })
}
