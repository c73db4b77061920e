import { failpoint } from '@infrakit/store'
import { InfrakitError, messageOf, type AppliedRoute } from '@infrakit/spi'
import type { Engine } from './engine.js'
import { FormerServers } from './former-servers.js'
import type { KeptRoutes } from './kept-routes.js'
import { resume } from './resume.js'
import { settle, type SettledRoute } from './settle.js'

type ByName = ReadonlyMap<string, AppliedRoute>

/**
 * What a route is to become: another one, none, or the one that it is. Throws to refuse. Pure: it is asked again when the changes
 * that were made together with it have to be made one by one.
 */
export type Decide = (now: AppliedRoute | undefined, all: ByName) => AppliedRoute | undefined

interface Waiting {
  readonly name: string
  readonly decide: Decide
  readonly done: (became: AppliedRoute | undefined) => void
  readonly failed: (error: unknown) => void
}

export interface RoutesOptions {
  readonly engine: Engine
  readonly kept: KeptRoutes
  readonly log: { warn(fields: object, message: string): void }
  /** Called for each route that has become another. */
  readonly changed: (name: string) => void
}

/** The routes and the only way to change them. What waits while a change is made is made together, next. */
export class Routes {
  #now: ByName = new Map()
  /** Those that the proxy refused when it was started: kept, and tried again. */
  #aside = new Set<string>()
  readonly #former = new FormerServers()
  readonly #waiting: Waiting[] = []
  readonly #settled = new WeakMap<AppliedRoute, SettledRoute>()
  #working: Promise<void> | undefined

  private constructor(private readonly options: RoutesOptions) {}

  /** Makes what was there when the last process ended. Throws what the engine throws without any route. */
  static async open(options: RoutesOptions): Promise<Routes> {
    const { engine, kept } = options
    const routes = new Routes(options)
    const { now, aside } = await resume({
      engine,
      kept,
      settled: (route) => routes.settled(route),
      warn: (message, error) => routes.#warn(message, error),
    })
    routes.#now = now
    routes.#aside = aside
    for (const [name, { Next }] of kept.found) if (Next !== undefined) await routes.#note(name, now.get(name))
    return routes
  }

  get(name: string): AppliedRoute | undefined {
    return this.#now.get(name)
  }

  /** By name. */
  all(): AppliedRoute[] {
    return [...this.#now.values()].sort((a, b) => (a.Route.Name < b.Route.Name ? -1 : 1))
  }

  isAside(name: string): boolean {
    return this.#aside.has(name)
  }

  /** Whether the route has ceased to name a server, since this process began. */
  hasNamed(name: string, server: string): boolean {
    return this.#former.has(name, server)
  }

  /** Answers when it is live, or what came after it at once, with what was decided. Throws what `decide` throws, or the engine. */
  change(name: string, decide: Decide): Promise<AppliedRoute | undefined> {
    const result = new Promise<AppliedRoute | undefined>((done, failed) => {
      this.#waiting.push({ name, decide, done, failed })
    })
    this.#working ??= this.#work()
    return result
  }

  /** Tries those again, once, that the proxy refused when it was started. */
  async retry(): Promise<void> {
    for (const name of [...this.#aside]) {
      await this.change(name, (now) => (now && this.isAside(name) ? { ...now } : now)).catch(() => undefined)
    }
  }

  /** Resolves when nothing is being changed. */
  async idle(): Promise<void> {
    await this.#working
  }

  async #work(): Promise<void> {
    // Whoever calls in the same turn is in the same batch.
    await Promise.resolve()
    while (this.#waiting.length > 0) await this.#together(this.#waiting.splice(0))
    // In the same turn as the last look: whoever comes later begins anew.
    this.#working = undefined
  }

  async #together(batch: readonly Waiting[]): Promise<void> {
    const next = new Map(this.#now)
    const changed = new Set<string>()
    // Whoever is overtaken in the same batch is told of what was his own: else he would take another's version for it.
    const became: (AppliedRoute | undefined)[] = []
    const accepted = batch.filter(({ name, decide, failed }) => {
      const now = next.get(name)
      try {
        const then = decide(now, next)
        became.push(then)
        if (then === now) return true
        changed.add(name)
        if (then) next.set(name, then)
        else next.delete(name)
        return true
      } catch (error) {
        failed(error)
        return false
      }
    })
    try {
      if (changed.size > 0) await this.#make(next, changed)
    } catch (error) {
      if (accepted.length === 1) return accepted[0]?.failed(error)
      // Half and half: one that is refused among many costs few more tries.
      const half = Math.ceil(accepted.length / 2)
      await this.#together(accepted.slice(0, half))
      await this.#together(accepted.slice(half))
      return
    }
    accepted.forEach(({ done }, at) => done(became[at]))
  }

  async #make(next: ByName, changed: ReadonlySet<string>): Promise<void> {
    const before = this.#now
    const aside = [...changed].filter((name) => this.#aside.delete(name))
    try {
      const { kept } = this.options
      await each(changed, (name) => kept.write(name, { Now: before.get(name) ?? null, Next: next.get(name) ?? null }))
      failpoint('proxy/noted')
      await this.options.engine.make(this.#list(next), changed)
    } catch (error) {
      for (const name of aside) this.#aside.add(name)
      await each(changed, (name) => this.#note(name, before.get(name))).catch((cause: unknown) =>
        this.#warn('could not note that a change was refused', cause),
      )
      throw error
    }
    failpoint('proxy/made')
    this.#now = next
    for (const name of changed) this.#former.changed(name, before.get(name), next.get(name))
    await each(changed, (name) => this.#note(name, next.get(name))).catch((cause: unknown) =>
      // It is noted as what is to be: the next start makes it.
      this.#warn('could not note that a change was made', cause),
    )
    for (const name of changed) this.options.changed(name)
  }

  /** Notes that this is what the route is, and that nothing is to become of it. */
  async #note(name: string, now: AppliedRoute | undefined): Promise<void> {
    const { kept } = this.options
    return now ? kept.write(name, { Now: now }) : kept.remove(name, this.highestVersion())
  }

  #highest = 0

  /** The version for a change: greater than any before. */
  nextVersion(): number {
    this.#highest = this.highestVersion() + 1
    return this.#highest
  }

  highestVersion(): number {
    return Math.max(this.#highest, this.options.kept.highestVersion)
  }

  #list(routes: ByName): SettledRoute[] {
    return [...routes.values()].filter(({ Route }) => !this.#aside.has(Route.Name)).map((route) => this.settled(route))
  }

  settled(route: AppliedRoute): SettledRoute {
    const known = this.#settled.get(route)
    if (known) return known
    const settled = settle(route)
    this.#settled.set(route, settled)
    return settled
  }

  #warn(message: string, error: unknown): void {
    this.options.log.warn({ error: error instanceof Error ? messageOf(error) : error }, message)
  }
}

async function each(names: Iterable<string>, work: (name: string) => Promise<unknown>): Promise<void> {
  const results = await Promise.allSettled([...names].map(work))
  const failed = results.find((result) => result.status === 'rejected')
  if (failed)
    throw failed.reason instanceof Error ? failed.reason : new InfrakitError('internal', String(failed.reason))
}
