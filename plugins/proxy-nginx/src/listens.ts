import { setTimeout as sleep } from 'node:timers/promises'
import type { Identity } from '@infrakit/programs'
import { checkListen, listenName } from '@infrakit/proxy'
import { InfrakitError, messageOf } from '@infrakit/spi'
import { openControl } from './control.js'
import { createLeaving, type Leaving } from './leaving.js'
import type { Listening } from './lua-configuration.js'
import { luaKind } from './lua-nginx.js'
import type { Ended, Flight, Nginx, World } from './nginx.js'
import { isLeaving, listFolders, markLeaving, readAbout, removeFolder } from './nginx-folder.js'
import { plainKind } from './plain-nginx.js'
import { serverKey, serversOf, type PreparedRoute } from './prepared.js'
import { findMasters, liveWorkers, workersIn } from './processes.js'

/** A `Listen` and what serves it. */
export interface Listen {
  readonly listening: Listening
  readonly routes: readonly PreparedRoute[]
  /** `undefined` while it is down and cannot be started. */
  readonly nginx: Nginx | undefined
}

const freeMs = 5000

/** The nginxes of ours, one for each `Listen`: what happens to one touches the clients of no other. */
export class Listens {
  readonly #all = new Map<string, Listen>()
  readonly leaving: Leaving
  readonly #kinds = { lua: luaKind, plain: plainKind }

  /**
   * @param ended called when an nginx has ended by itself, should this process have started it
   * @param started called with each that was started: it knows only its routes
   */
  constructor(
    private readonly world: World,
    private readonly ended: Ended,
    private readonly started: (key: string, nginx: Nginx) => Promise<void>,
  ) {
    this.leaving = createLeaving(world.table)
  }

  keys(): string[] {
    return [...this.#all.keys()]
  }

  get(key: string): Listen | undefined {
    return this.#all.get(key)
  }

  all(): [string, Listen][] {
    return [...this.#all]
  }

  get #kind(): 'lua' | 'plain' {
    return this.world.program.lacks.length === 0 ? 'lua' : 'plain'
  }

  /** Takes over what runs, and sees off what its master left behind. */
  async adoptAll(): Promise<void> {
    const masters = findMasters(this.world.table, this.world.root)
    for (const folder of await listFolders(this.world.root)) {
      const [about, master] = [await readAbout(folder), masters.get(folder)]
      if (!about) {
        if (master) this.world.table.signal(master, 'SIGTERM')
        await removeFolder(folder)
        continue
      }
      if (master) await this.#adopt(folder, about, master)
      else await this.#seeOff(folder)
    }
  }

  async #adopt(folder: string, { kind, listening }: { kind: 'lua' | 'plain'; listening: Listening }, master: Identity) {
    const key = listenName(listening)
    try {
      const fits = kind === this.#kind && !(await isLeaving(folder)) && !this.#all.has(key)
      if (fits) {
        const nginx = await this.#kinds[kind].adopt(this.world, folder, listening, master)
        this.#all.set(key, { listening, routes: [], nginx })
        return
      }
    } catch (error) {
      this.world.log.warn({ folder, error: messageOf(error) }, 'cannot take over an nginx, so it is replaced')
    }
    await this.#finish(folder, master)
    await this.#untilFree(listening).catch(() => undefined)
  }

  /** Starts an nginx for a new `Listen`. Throws `plugin-failed`; then there is none. */
  async start(key: string, listening: Listening, routes: readonly PreparedRoute[]): Promise<void> {
    const nginx = await this.#kinds[this.#kind].start(this.world, listening, routes, this.ended)
    this.#all.set(key, { listening, routes, nginx })
    await this.started(key, nginx)
  }

  /** Notes what is to be served by an nginx that is not there yet. */
  expect(key: string, listening: Listening, routes: readonly PreparedRoute[]): void {
    this.#all.set(key, { listening, routes, nginx: undefined })
  }

  async apply(key: string, routes: readonly PreparedRoute[]): Promise<void> {
    const listen = this.#known(key)
    const { nginx } = listen
    const lives = ({ master }: Nginx) => this.world.table.lives(master)
    try {
      if (!nginx) throw new InfrakitError('unavailable', `nginx does not run on ${key}`)
      await nginx.apply(routes)
      // Workers whose master was killed take it as well, and are about to end.
      if (!lives(nginx)) throw new InfrakitError('unavailable', `nginx has ended on ${key}`)
    } catch (error) {
      if (nginx && lives(nginx)) throw error
      // It has gone meanwhile: what is started in its place has the new ones at once.
      await this.revive(key, routes)
      return
    }
    this.#all.set(key, { ...listen, routes })
  }

  /** Starts an nginx again that has ended. Throws `plugin-failed`; then it can be tried again. */
  async revive(key: string, routes = this.#known(key).routes): Promise<void> {
    const listen = this.#known(key)
    if (listen.nginx) {
      this.#all.set(key, { ...listen, nginx: undefined })
      listen.nginx.close()
      await this.#seeOff(listen.nginx.folder, listen.routes)
    }
    if (listen.nginx) await this.#untilFree(listen.listening)
    const nginx = await this.#kinds[this.#kind].start(this.world, listen.listening, routes, this.ended)
    this.#all.set(key, { ...listen, routes, nginx })
    await this.started(key, nginx)
  }

  /** Has one finish what it has, and take nothing more. */
  async stop(key: string): Promise<void> {
    const { nginx, routes, listening } = this.#known(key)
    this.#all.delete(key)
    if (!nginx) return
    const flights = await nginx.flights().catch(() => [])
    nginx.close()
    await this.#finish(nginx.folder, nginx.master, flights, serversIn(routes, flights))
    // Where another process was quicker, that is no failure of this.
    await this.#untilFree(listening).catch(() => undefined)
  }

  close(): void {
    for (const { nginx } of this.#all.values()) nginx?.close()
  }

  #known(key: string): Listen {
    const listen = this.#all.get(key)
    if (!listen) throw new InfrakitError('internal', `nothing listens on ${key}`)
    return listen
  }

  async #finish(
    folder: string,
    master: Identity,
    flights: readonly Flight[] = [],
    servers?: ReadonlySet<string>,
  ): Promise<void> {
    const { table, log } = this.world
    // Where it cannot be noted it ends all the same; only a process after this one may take it for one that serves.
    await markLeaving(folder).catch((error: unknown) =>
      log.warn({ folder, error: messageOf(error) }, 'cannot note that an nginx ends'),
    )
    const workers = liveWorkers(table, table.children(master.Pid))
    table.signal(master, 'SIGQUIT')
    this.leaving.add({ folder, workers, master, flights, ...(servers && { servers }) })
  }

  /** Workers whose master was killed go on listening: they are told to finish. */
  async #seeOff(folder: string, routes: readonly PreparedRoute[] = []): Promise<void> {
    const { table } = this.world
    const left = workersIn(table, folder)
    if (left.length === 0) return removeFolder(folder)
    const control = openControl(`${folder}/control`)
    const flights = await control.flights().catch(() => [])
    control.close()
    for (const one of left) table.signal(one, 'SIGQUIT')
    // What a process before this one has told it is not known.
    const servers = routes.length > 0 ? { servers: serversIn(routes, flights) } : {}
    this.leaving.add({ folder, workers: left, flights, ...servers })
  }

  async #untilFree(listening: Listening): Promise<void> {
    const end = performance.now() + freeMs
    for (;;) {
      try {
        return await checkListen(listening)
      } catch (error) {
        if (performance.now() > end) throw error
        await sleep(5)
      }
    }
  }
}

function serversIn(routes: readonly PreparedRoute[], flights: readonly Flight[]): Set<string> {
  const named = routes.flatMap(({ route }) => serversOf(route).map((one) => serverKey(route.name, one.server.name)))
  return new Set([...named, ...flights.map(({ server }) => server)])
}
