import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { checkListen, type Addresses, type Engine, type SettledRoute } from '@infrakit/proxy'
import { InfrakitError, messageOf, type LiveServer } from '@infrakit/spi'
import { createTurns, removeDurably, writeFileDurably } from '@infrakit/store'
import { parseStates } from './answers.js'
import { ask } from './ask.js'
import { certificateCommands, readInOne } from './certificates.js'
import { checkRoute } from './check.js'
import type { Configuration } from './configuration.js'
import { cutServer } from './cut.js'
import { emptyStateFile, stateFile } from './differences.js'
import { fileChanges, type FileChanges, type Placed } from './files.js'
import type { Haproxy } from './haproxy.js'
import { backendOf, certificateFile, listenFile, listenId, pathOf, routeOfFile, type Layout } from './layout.js'
import { liveServers, observe } from './observe.js'
import { slotsIn } from './render.js'
import { settleServers } from './settle-servers.js'
import { placeServers, type Known, type Slots } from './slots.js'

export interface EngineOptions {
  readonly haproxy: Haproxy
  readonly layout: Layout
  /** How many files HAProxy can have open; `undefined` when somebody else sees to that. */
  readonly descriptors: number | undefined
  readonly configuration: Configuration
  readonly addresses: Addresses
  readonly log: { warn(fields: object, message: string): void }
}

type Routes = ReadonlyMap<string, Placed>

/**
 * Makes routes live in HAProxy: what its runtime API can change there, with the configuration on disk kept equal; all else by a
 * reload. What is on disk is what was live last, so that the next process goes on from it.
 */
export class HaproxyEngine implements Engine {
  #placed: Routes = new Map()
  /** Of an earlier life: places of routes that nobody has spoken of yet. */
  readonly #found = new Map<string, Slots>()
  #began = false
  readonly #inTurn = createTurns()

  /** Throws what `JSON.parse` throws for files that were damaged. */
  constructor(private readonly options: EngineOptions) {
    for (const [file, text] of options.configuration.texts) {
      const name = routeOfFile(file)
      if (name === undefined) continue
      const slots = slotsIn(text)
      this.#found.set(name, slots)
      for (const slot of slots) if (slot) options.addresses.remember(slot.Host, slot.Address)
    }
  }

  get routes(): Routes {
    return this.#placed
  }

  check(route: SettledRoute): Promise<void> {
    return checkRoute(route, { hasCertificate: this.#keptCertificate(route.name) !== undefined })
  }

  /** The last good one of a route that an earlier process has served: it serves on, whatever its files have become. */
  #keptCertificate(name: string): string | undefined {
    return this.#began ? undefined : this.options.configuration.texts.get(certificateFile(name))
  }

  make(routes: readonly SettledRoute[], changed: ReadonlySet<string>): Promise<void> {
    return this.#inTurn('', () => this.#make(routes, changed))
  }

  async look(route: string): Promise<LiveServer[]> {
    const one = this.#placed.get(route)
    if (!one) return []
    const { haproxy, layout } = this.options
    return liveServers(one.slots, await observe(haproxy, layout.runtime, route, one.slots))
  }

  /** In its turn: a place must not be given to another server between the look and the cut. */
  cut(route: string, server: string): Promise<number> {
    return this.#inTurn('', () => this.#cut(route, server))
  }

  async #cut(route: string, server: string): Promise<number> {
    const { haproxy, layout } = this.options
    const slots = this.#placed.get(route)?.slots ?? []
    const seen = await observe(haproxy, layout.runtime, route, slots)
    let count = 0
    for (const [at, slot] of slots.entries()) {
      if (slot?.Name !== server) continue
      count += seen.inFlight(at)
      await cutServer({ haproxy, runtime: layout.runtime, backend: backendOf(route), at, seen })
    }
    return count
  }

  /** Starts HAProxy again, as it was, if it has died: its configuration says all. Throws as its `start`. */
  revive(): Promise<void> {
    return this.#inTurn('', async () => {
      const { haproxy, log } = this.options
      if (!this.#began || (await haproxy.lives())) return
      await haproxy.start()
      log.warn({}, 'HAProxy had died; it was started again as it was')
    })
  }

  /** Takes over what hosts' names stand for by now. */
  readdress(hosts: ReadonlySet<string>): Promise<void> {
    return this.#inTurn('', async () => {
      const placed = [...this.#placed].filter(([, { slots }]) => slots.some((slot) => slot && hosts.has(slot.Host)))
      const routes = [...this.#placed.values()].map(({ route }) => route)
      if (placed.length > 0) await this.#make(routes, new Set(placed.map(([name]) => name)))
    })
  }

  /** Takes over a route's certificate when its files hold another one. Throws `input` for what does not go together. */
  renewCertificate(name: string): Promise<boolean> {
    return this.#inTurn('', () => this.#renewCertificate(name))
  }

  async #renewCertificate(name: string): Promise<boolean> {
    const { configuration, layout } = this.options
    const tls = this.#placed.get(name)?.route.tls
    const file = certificateFile(name)
    const text = tls && (await readInOne(tls))
    if (text === undefined || configuration.texts.get(file) === text) return false
    const said: string[] = []
    for (const command of certificateCommands(pathOf(layout, file), text)) said.push(await ask(layout.runtime, command))
    if (!said[1]?.includes('Success!')) {
      throw new InfrakitError('plugin-failed', `HAProxy refuses the certificate of ${name}: ${said.join(' ').trim()}`)
    }
    await configuration.write(new Map([[file, text]]))
    return true
  }

  async #make(routes: readonly SettledRoute[], changed: ReadonlySet<string>): Promise<void> {
    const { haproxy, layout, configuration, descriptors } = this.options
    const next = new Map(routes.map((route) => [route.name, route]))
    const all = !this.#began
    const names = all ? new Set([...this.#found.keys(), ...next.keys()]) : changed
    const running = await haproxy.lives()
    const placed = await this.#place(next, names, running)
    const certificates = await this.#certificates(placed, names)
    const changes = fileChanges({
      placed,
      changed: names,
      layout,
      descriptors,
      texts: configuration.texts,
      certificates,
      all,
    })
    const structural = changes.structural || existsSync(layout.reloading)
    const there = [...names].filter((name) => placed.has(name))
    if (!running) await this.#start(changes, placed)
    else if (structural) await this.#reload(changes, placed, there)
    else await this.#change(changes, placed, there)
    this.#placed = placed
    this.#began = true
    this.#found.clear()
    if (!running || structural) return
    for (const name of certificates.keys()) {
      // What was asked for is live; the certificate is tried again as those that change by themselves are.
      await this.#renewCertificate(name).catch((error: unknown) =>
        this.options.log.warn({ route: name, error: messageOf(error) }, 'a certificate could not be exchanged'),
      )
    }
  }

  async #place(next: ReadonlyMap<string, SettledRoute>, names: ReadonlySet<string>, running: boolean): Promise<Routes> {
    const { addresses, log } = this.options
    const coming = [...names].flatMap((name) => next.get(name) ?? [])
    const hosts = coming.flatMap(({ backends }) => backends.flatMap(({ servers }) => servers.map(({ host }) => host)))
    await addresses.learn(hosts).catch((error: unknown) => {
      // What served before serves on; a server without an address waits for one.
      if (this.#began) throw error
      log.warn({ error: messageOf(error) }, 'a host is not known; it is looked for again')
    })
    const placed = new Map(this.#placed)
    for (const name of names) {
      const route = next.get(name)
      if (route) placed.set(name, { route, slots: await this.#placeServers(route, running) })
      else placed.delete(name)
    }
    return placed
  }

  /** HAProxy is asked only when a place changes hands. */
  async #placeServers(route: SettledRoute, running: boolean): Promise<Slots> {
    const { haproxy, layout, addresses } = this.options
    const slots = this.#placed.get(route.name)?.slots ?? this.#found.get(route.name) ?? []
    const blind: Known = { slots, idle: () => !running, base: () => undefined }
    const addressOf = (host: string) => addresses.of(host) ?? ''
    const first = placeServers(route, blind, addressOf)
    const same = first.every((slot, at) => slot?.Name === slots[at]?.Name && !slot?.Leaving)
    if (same || !running || slots.length === 0) return first
    const seen = await observe(haproxy, layout.runtime, route.name, slots)
    const known: Known = { slots, idle: (at) => seen.inFlight(at) === 0, base: (at) => seen.base(at) }
    return placeServers(route, known, addressOf)
  }

  async #certificates(placed: Routes, names: ReadonlySet<string>): Promise<Map<string, string>> {
    const found = new Map<string, string>()
    for (const name of names) {
      const tls = placed.get(name)?.route.tls
      if (!tls) continue
      const certificate = readInOne(tls).catch((error: unknown) => {
        const kept = this.#keptCertificate(name)
        if (kept === undefined) throw error
        return kept
      })
      found.set(name, await certificate)
    }
    return found
  }

  async #start({ files }: FileChanges, placed: Routes): Promise<void> {
    const { haproxy, layout, configuration } = this.options
    const before = this.#before(files)
    await configuration.check(files)
    await configuration.write(files)
    await writeFile(layout.state, emptyStateFile, { mode: 0o600 })
    try {
      await haproxy.start()
    } catch (error) {
      await configuration.write(before)
      throw error
    }
    await removeDurably(layout.reloading)
    await settleServers(layout.runtime, placed, [...placed.keys()])
  }

  async #reload({ files }: FileChanges, placed: Routes, names: readonly string[]): Promise<void> {
    const { haproxy, layout, configuration, log } = this.options
    await configuration.check(files)
    await this.#checkPorts(placed, names)
    const before = this.#before(files)
    const current = (await haproxy.workers()).current ?? 0
    const seen = parseStates((await haproxy.askWorker(current, 'show servers state')) ?? '')
    await writeFileDurably(layout.reloading, '')
    try {
      await writeFile(layout.state, stateFile(byBackend(placed), seen), { mode: 0o600 })
      await configuration.write(files)
      await haproxy.reload()
      await settleServers(this.options.layout.runtime, placed, names)
    } catch (error) {
      await configuration.write(before)
      const back = haproxy.reload().then(() => settleServers(layout.runtime, this.#placed, [...this.#placed.keys()]))
      await back.catch((again: unknown) => log.warn({ error: messageOf(again) }, 'a reload was not taken back'))
      throw error
    } finally {
      await writeFile(layout.state, emptyStateFile, { mode: 0o600 })
    }
    await removeDurably(layout.reloading)
  }

  async #change({ files }: FileChanges, placed: Routes, names: readonly string[]): Promise<void> {
    const { configuration, log } = this.options
    const before = this.#before(files)
    await configuration.write(files)
    try {
      await settleServers(this.options.layout.runtime, placed, names)
    } catch (error) {
      const back = configuration
        .write(before)
        .then(() => settleServers(this.options.layout.runtime, this.#placed, names))
      await back.catch((again: unknown) => log.warn({ error: messageOf(again) }, 'a change was not taken back'))
      throw error
    }
  }

  #before(files: ReadonlyMap<string, string | null>): Map<string, string | null> {
    return new Map([...files.keys()].map((file) => [file, this.options.configuration.texts.get(file) ?? null]))
  }

  /** An address where HAProxy does not listen yet has to be free: it would pause its listeners while it finds out. */
  async #checkPorts(placed: Routes, names: readonly string[]): Promise<void> {
    const { configuration } = this.options
    const now = [...configuration.texts.keys()].filter((file) => file.startsWith('conf/10-listen-'))
    const listened = new Set(now.map((file) => /-(\d+)\.cfg$/.exec(file)?.[1]))
    for (const name of names) {
      const route = placed.get(name)?.route
      if (!route || configuration.texts.has(listenFile(listenId(route)))) continue
      if (!listened.has(String(route.listen.port))) await checkListen(route.listen)
    }
  }
}

function byBackend(placed: Routes): Map<string, Slots> {
  return new Map([...placed].map(([name, { slots }]) => [backendOf(name), slots]))
}
