import { cannotListen, type SettledRoute } from '@infrakit/proxy'
import { messageOf, type LiveServer } from '@infrakit/spi'
import type { Made } from '../messages.js'
import { Certificates } from './certificates.js'
import { Listener } from './listener.js'
import type { Tell } from './route.js'
import { listenKey, Table } from './table.js'

export interface DataPlaneOptions {
  readonly tell: Tell
  readonly warn: (message: string, fields: object) => void
  /** How often certificates are looked at (ms). */
  readonly certificatesMs?: number
}

/** The routes of one worker, and all that serves them. A change is prepared, where it can fail, and then made in one turn. */
export class DataPlane {
  readonly #table: Table
  readonly #listeners = new Map<string, Listener>()
  readonly #closing = new Set<Promise<void>>()
  readonly #certificates: Certificates

  constructor(options: DataPlaneOptions) {
    this.#table = new Table(options.tell)
    this.#certificates = new Certificates(options.certificatesMs ?? 1000, {
      changed: () => this.#freshen(),
      unusable: (error) => options.warn('a certificate has changed and cannot be used', { error: messageOf(error) }),
    })
  }

  async prepare(set: readonly SettledRoute[]): Promise<void> {
    for (const { tls } of set) if (tls) await this.#certificates.load(tls)
    for (const route of set) {
      if (!this.#listeners.has(listenKey(route))) await this.#open(listenKey(route), route)
    }
  }

  abandon(): void {
    const wanted = this.#table.listens()
    for (const key of [...this.#listeners.keys()]) if (!wanted.has(key)) this.#close(key)
    this.#certificates.keepOnly([...this.#table.all()].flatMap(({ settled }) => settled.tls ?? []))
  }

  async commit(set: readonly SettledRoute[], gone: readonly string[]): Promise<Made[]> {
    await this.prepare(set)
    this.#table.change(set, gone)
    this.abandon()
    // The only route there now speaks TLS, or has ceased to.
    for (const route of set) {
      const key = listenKey(route)
      if (this.#listeners.get(key)?.secure === (route.tls !== undefined)) continue
      this.#close(key)
      await this.#open(key, route)
    }
    for (const listener of this.#listeners.values()) listener.begin()
    this.#freshen()
    return set.map(({ name }) => this.#made(name))
  }

  look(route: string): LiveServer[] {
    return this.#table.allNamed(route).flatMap((one) => one.look())
  }

  cut(route: string, server: string): number {
    return this.#table.allNamed(route).reduce((sum, one) => sum + one.cut(server), 0)
  }

  heed(route: string, unwell: readonly string[]): void {
    this.#table.get(route)?.heed(new Set(unwell))
  }

  /** Takes nothing new, and resolves when all is answered or the time is up. */
  async stop(graceMs: number): Promise<void> {
    this.#certificates.stop()
    const all = [...this.#listeners.values()]
    for (const key of [...this.#listeners.keys()]) this.#close(key)
    const cut = setTimeout(() => all.forEach((one) => one.cut()), graceMs)
    await Promise.race([
      Promise.all(this.#closing),
      new Promise<void>((resolve) => setTimeout(resolve, graceMs + 500).unref()),
    ])
    clearTimeout(cut)
  }

  /** What is so, seen from where requests come in. */
  #made(name: string): Made {
    const route = this.#table.get(name)
    const listening = route !== undefined && (this.#listeners.get(listenKey(route.settled))?.listening ?? false)
    const servers = route?.backends.flatMap(({ servers }) => servers) ?? []
    return { route: name, listening, serving: servers.filter(({ share }) => share > 0).map((one) => one.name) }
  }

  async #open(key: string, route: SettledRoute): Promise<void> {
    const { address, port } = route.listen
    const certificate = route.tls ? (host: string) => this.#certificateFor(key, host) : undefined
    const listener = new Listener({ key, address, port, table: this.#table, certificate })
    const first = route.tls && this.#certificates.get(route.tls)
    if (first) listener.useDefault(first)
    try {
      await listener.listen()
    } catch (cause) {
      throw cannotListen(route.listen, cause)
    }
    this.#listeners.set(key, listener)
  }

  #close(key: string): void {
    const listener = this.#listeners.get(key)
    this.#listeners.delete(key)
    const closed = listener?.close()
    if (!closed) return
    this.#closing.add(closed)
    void closed.then(() => this.#closing.delete(closed))
  }

  #routesByListen(): Map<string, SettledRoute[]> {
    const found = new Map<string, SettledRoute[]>()
    for (const { settled } of this.#table.all()) {
      const key = listenKey(settled)
      const known = found.get(key)
      if (known) known.push(settled)
      else found.set(key, [settled])
    }
    return found
  }

  #certificateFor(key: string, host: string) {
    const routes = this.#routesByListen().get(key) ?? []
    const route = routes.find((one) => one.host === host) ?? routes.find((one) => one.host === undefined) ?? routes[0]
    return route?.tls && this.#certificates.get(route.tls)?.context
  }

  /** What listeners take from their routes. */
  #freshen(): void {
    for (const [key, routes] of this.#routesByListen()) {
      const listener = this.#listeners.get(key)
      if (!listener) continue
      listener.patience(Math.max(1, ...routes.map(({ timeouts }) => timeouts.clientMs)))
      const first = routes.find(({ host }) => host === undefined) ?? routes[0]
      const certificate = first?.tls && this.#certificates.get(first.tls)
      if (certificate) listener.useDefault(certificate)
    }
  }
}
