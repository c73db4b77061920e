import type { AppliedRoute } from '@infrakit/spi'

const kept = 1000

/** Servers that routes have ceased to name, since this process began. Whoever drains them does so soon, so only the last ones are kept. */
export class FormerServers {
  readonly #byRoute = new Map<string, Set<string>>()

  has(route: string, server: string): boolean {
    return this.#byRoute.get(route)?.has(server) ?? false
  }

  /** A route has become another one, or none. */
  changed(name: string, before: AppliedRoute | undefined, now: AppliedRoute | undefined): void {
    if (!now) return void this.#byRoute.delete(name)
    const former = this.#byRoute.get(name) ?? new Set()
    for (const server of before ? serversOf(before) : []) former.add(server)
    for (const server of serversOf(now)) former.delete(server)
    for (const server of [...former].slice(0, -kept)) former.delete(server)
    this.#byRoute.set(name, former)
  }
}

function serversOf({ Route }: AppliedRoute): string[] {
  return Route.Backends.flatMap(({ Servers }) => Servers.map(({ Name }) => Name))
}
