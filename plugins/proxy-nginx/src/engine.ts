import { join } from 'node:path'
import { isTooLarge, rotate } from '@infrakit/programs'
import {
  createAddresses,
  listenName,
  readCertificate,
  type Certificate,
  type Engine,
  type SettledRoute,
} from '@infrakit/proxy'
import { InfrakitError, messageOf } from '@infrakit/spi'
import { carryOut, carryOutWhatCan } from './carry-out.js'
import { openCertificates, type Certificates } from './certificates.js'
import { createHealth } from './health.js'
import { Listens } from './listens.js'
import type { World } from './nginx.js'
import { refuseHitless } from './nginx-program.js'
import { planListens, refuseHitful } from './plan.js'
import { createPreparation } from './preparation.js'
import type { PreparedRoute } from './prepared.js'
import type { Publish } from './states.js'

const lookMs = 100
const filesMs = 2000
const namesMs = 5000
const reviveMs = 500
const tidyMs = 10_000
const largestLog = 10 * 1024 * 1024

export interface EngineOptions extends World {
  /** Where certificates are kept. */
  readonly certificates: string
  readonly publish: Publish
}

export interface NginxEngine extends Engine {
  /** Stops looking after what runs, which goes on. */
  close(): Promise<void>
}

/** Makes routes live in nginxes that it starts, looks after, and takes over from the process before. */
export async function createNginxEngine({ certificates: dir, publish, ...world }: EngineOptions): Promise<NginxEngine> {
  const certificates = await openCertificates(dir)
  return new Keeper(world, certificates, publish)
}

class Keeper implements NginxEngine {
  readonly #listens: Listens
  readonly #addresses
  readonly #preparation
  readonly #health
  #routes = new Map<string, PreparedRoute>()
  #turn: Promise<unknown> = Promise.resolve()
  #adopted = false
  #begun = false
  #closed = false
  readonly #timers: NodeJS.Timeout[]
  readonly #troubles = new Map<string, string>()

  constructor(
    private readonly world: World,
    private readonly certificates: Certificates,
    publish: Publish,
  ) {
    this.#listens = new Listens(
      world,
      () => void this.#lookAfter(),
      (key, nginx) => this.#health.tell(key, nginx),
    )
    this.#addresses = createAddresses()
    this.#preparation = createPreparation({
      addresses: this.#addresses,
      certificates,
      unknown: (route, host) => {
        world.log.warn({ route, host }, 'a host cannot be looked up: it gets nothing until it can')
      },
    })
    this.#health = createHealth({
      listens: this.#listens,
      routes: () => this.#routes,
      inTurn: (work) => this.#inTurn(async () => (this.#closed ? undefined : work())),
      complain: this.#complain,
      publish,
    })
    this.#timers = [
      setInterval(() => void this.#lookAfter(), lookMs).unref(),
      setInterval(() => void this.#readFiles(), filesMs).unref(),
      setInterval(() => void this.#lookUp(), namesMs).unref(),
      setInterval(() => void this.#health.look(), 5 * lookMs).unref(),
      setInterval(() => void this.#tidy(), tidyMs).unref(),
    ]
  }

  async check(route: SettledRoute): Promise<void> {
    refuseHitless(this.world.program, route.hitless)
    if (!route.tls) return
    // What is live at the start has been good before.
    if (this.#begun) await readCertificate(route.tls)
    else await this.certificates.readOrKept(route.name, route.tls)
  }

  make(routes: readonly SettledRoute[], changed: ReadonlySet<string>): Promise<void> {
    return this.#inTurn(async () => {
      if (!this.#adopted) await this.#listens.adoptAll()
      this.#adopted = true
      const strict = this.#begun ? changed : new Set<string>()
      const prepared = await this.#preparation.prepare(routes, this.#routes, strict)
      const plan = planListens(this.#listens.all(), [...prepared.values()])
      if (this.#begun) {
        refuseHitful(plan)
        await carryOut(this.#listens, plan, this.#complain)
      } else await carryOutWhatCan(this.#listens, plan, this.#complain)
      await this.#keepCertificates(prepared, changed)
      this.#routes = prepared
      this.#health.changed(changed, this.#begun ? undefined : await this.#health.found())
      this.#begun = true
      void this.#health.look()
    })
  }

  async look(name: string) {
    const prepared = this.#routes.get(name)
    const { nginx } = (prepared && this.#listens.get(listenName(prepared.route.listen))) ?? {}
    const servers = prepared && (await nginx?.look(prepared))
    // Workers whose master was killed answer on until they are told to finish: then nobody listens for a moment.
    if (!servers || !nginx || !this.world.table.lives(nginx.master)) {
      throw new InfrakitError('unavailable', `nginx does not serve the route '${name}'`)
    }
    return servers.map((one) => ({ ...one, InFlight: one.InFlight + this.#listens.leaving.inFlight(name, one.Name) }))
  }

  async cut(name: string, server: string): Promise<number> {
    const prepared = this.#routes.get(name)
    const { nginx } = (prepared && this.#listens.get(listenName(prepared.route.listen))) ?? {}
    const old = this.#listens.leaving.cut(name, server)
    return old + ((await nginx?.cut(name, server)) ?? 0)
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const timer of this.#timers) clearInterval(timer)
    this.#health.close()
    await this.#turn
    this.#listens.close()
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work)
    this.#turn = done.catch(() => undefined)
    return done
  }

  /** It is live already: what cannot be kept is only missed when the files become bad. */
  async #keepCertificates(routes: ReadonlyMap<string, PreparedRoute>, changed: Iterable<string>): Promise<void> {
    await this.#preparation.keep(routes, this.#routes, changed).catch((error: unknown) => {
      this.#complain('', 'a certificate cannot be kept', error)
    })
  }

  /** Starts again what has ended, and forgets what has finished. */
  async #lookAfter(): Promise<void> {
    await this.#listens.leaving.sweep()
    const isDown = (key: string) => {
      const nginx = this.#listens.get(key)?.nginx
      return !nginx || !this.world.table.lives(nginx.master)
    }
    for (const key of this.#listens.keys().filter(isDown)) {
      if (this.#reviving.has(key)) continue
      this.#reviving.add(key)
      await this.#inTurn(async () => {
        if (this.#closed || !this.#listens.get(key) || !isDown(key)) return
        this.world.log.warn({ listen: key }, 'nginx has ended, and is started again')
        await this.#listens.revive(key)
        this.#troubles.delete(key)
      })
        .catch((error: unknown) => this.#complain(key, 'nginx cannot be started again, and is tried again', error))
        // Not again at once: each try is a process.
        .finally(() => setTimeout(() => this.#reviving.delete(key), reviveMs).unref())
    }
  }

  readonly #reviving = new Set<string>()

  /** Makes the same routes with what names and files have come to mean; what could not be made the last time is tried again. */
  async #remake(renewed: ReadonlyMap<string, Certificate>): Promise<void> {
    const next = this.#preparation.again(this.#routes, renewed)
    const others = [...next].flatMap(([name, one]) => (this.#routes.get(name) === one ? [] : [name]))
    if (others.length === 0) return
    await carryOut(this.#listens, planListens(this.#listens.all(), [...next.values()]), this.#complain)
    await this.#keepCertificates(next, renewed.keys())
    this.#routes = next
    this.#health.changed(others)
  }

  /** In its turn: no other route may take the place of the one whose files are read. */
  async #readFiles(): Promise<void> {
    await this.#inTurn(async () => {
      if (this.#closed) return
      const renewed = await this.#preparation.renewed(this.#routes, (name, error) => {
        this.#complain(name, 'a certificate has become bad; the last good one is used', error)
      })
      await this.#remake(renewed)
    }).catch((error: unknown) => this.#complain('', 'nginx could not be told of a certificate', error))
  }

  async #lookUp(): Promise<void> {
    const hosts = [...this.#routes.values()].flatMap(({ addresses }) => [...addresses.keys()])
    await this.#addresses.refresh(hosts)
    await this.#inTurn(async () => {
      if (!this.#closed) await this.#remake(new Map())
    }).catch((error: unknown) => this.#complain('', 'nginx could not be told of another address', error))
  }

  async #tidy(): Promise<void> {
    for (const [key, { nginx }] of this.#listens.all()) {
      if (!nginx) continue
      const log = join(nginx.folder, 'error.log')
      const tidied = this.#inTurn(async () => {
        if (this.#closed || this.#listens.get(key)?.nginx !== nginx) return
        await nginx.tidy()
        if (isTooLarge(log, largestLog)) await rotate(log, 1)
      })
      await tidied.catch((error: unknown) => this.#complain(key, 'nginx could not be tidied up', error))
    }
  }

  /** Once, and not each time. */
  readonly #complain = (of: string, what: string, error: unknown): void => {
    const words = `${what} ${messageOf(error)}`
    if (this.#troubles.get(of) !== words && !this.#closed) this.world.log.warn({ of, error: messageOf(error) }, what)
    this.#troubles.set(of, words)
  }
}
