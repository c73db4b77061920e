import type { SettledRoute } from '@infrakit/proxy'
import type { LiveServer } from '@infrakit/spi'
import { Server } from './server.js'

export interface Backend {
  readonly name: string
  /** Of the route's requests. */
  readonly share: number
  behind: number
  readonly servers: readonly Server[]
}

export type Tell = (route: string, server: string, state: 'up' | 'down', why: string) => void

/** A route in this worker. It stays the same object while the route changes: whoever holds it chooses by what holds now. */
export class Route {
  settled: SettledRoute
  backends: readonly Backend[] = []
  /** Servers that it no longer names and that are still busy. */
  #lingering: Server[] = []
  #unwell: ReadonlySet<string> = new Set()

  constructor(
    settled: SettledRoute,
    private readonly tell: Tell,
  ) {
    this.settled = settled
    this.become(settled)
  }

  get balance(): SettledRoute['balance'] {
    return this.settled.balance
  }

  /** From here on no other server than those named is chosen. */
  become(settled: SettledRoute): void {
    const before = new Set(this.backends.flatMap(({ servers }) => servers))
    const was = new Map(this.backends.map(({ name, behind }) => [name, behind]))
    this.settled = settled
    this.backends = settled.backends.map(({ name, servers }) => ({
      name,
      share: servers.reduce((sum, { share }) => sum + share, 0),
      behind: was.get(name) ?? 0,
      servers: servers.map((one) => {
        const server = [...before].find((known) => known.isAt(one)) ?? this.#add(name, one)
        before.delete(server)
        server.backend = name
        server.drained = one.drained
        if (one.share === 0) server.retire()
        else server.connections.reopen()
        server.share = one.share
        return server
      }),
    }))
    for (const server of before) server.retire()
    this.#lingering = [...this.#lingering, ...before].filter(({ underWay }) => underWay.size > 0)
    this.heed(this.#unwell)
  }

  /** No requests any more; what is under way is finished. */
  end(): void {
    this.become({ ...this.settled, backends: [] })
  }

  /** Which servers the checks found unwell. */
  heed(unwell: ReadonlySet<string>): void {
    this.#unwell = unwell
    for (const { servers } of this.backends) for (const server of servers) server.unwell = unwell.has(server.name)
  }

  look(): LiveServer[] {
    this.#lingering = this.#lingering.filter(({ underWay }) => underWay.size > 0)
    const named = this.backends.flatMap(({ servers }) => servers)
    return [...named.map((server) => server.live(true)), ...this.#lingering.map((server) => server.live(false))]
  }

  /** Cuts what is under way at all servers of this name. */
  cut(name: string): number {
    const all = [...this.backends.flatMap(({ servers }) => servers), ...this.#lingering]
    const underWay = all.filter((server) => server.name === name).flatMap((server) => server.underWay.all())
    for (const one of underWay) one.cut()
    return underWay.length
  }

  isBusy(): boolean {
    return this.look().some(({ InFlight }) => InFlight > 0)
  }

  #add(backend: string, one: SettledRoute['backends'][number]['servers'][number]): Server {
    return new Server(one, backend, ({ name }, state, why) => this.tell(this.settled.name, name, state, why))
  }
}
