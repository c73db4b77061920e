import { messageOf, type AppliedRoute } from '@infrakit/spi'
import type { Engine } from './engine.js'
import type { KeptRoute, KeptRoutes } from './kept-routes.js'
import type { SettledRoute } from './settle.js'

type ByName = ReadonlyMap<string, AppliedRoute>

export interface ResumeOptions {
  readonly engine: Engine
  readonly kept: KeptRoutes
  readonly settled: (route: AppliedRoute) => SettledRoute
  readonly warn: (message: string, error: unknown) => void
}

export interface Resumed {
  readonly now: ByName
  /** Those that the proxy refuses; the others are live. */
  readonly aside: Set<string>
}

/**
 * Makes what was there when the last process ended. What it was changing just then is made as well, or is as before where the
 * proxy refuses it. One route that is refused keeps no other from being served. Throws what the engine throws without any route.
 */
export async function resume(options: ResumeOptions): Promise<Resumed> {
  const { engine, kept, settled, warn } = options
  const next = chosen(kept.found, ({ Now, Next }) => (Next === undefined ? Now : Next))
  const undecided = new Set([...kept.found].flatMap(([name, { Next }]) => (Next === undefined ? [] : [name])))
  const resumed = await makeAll(options, next, undecided).catch(async (error: unknown) => {
    if (undecided.size === 0) return oneByOne(options, next, error)
    warn('the proxy refuses what was being changed; it stays as it was', error)
    const before = chosen(kept.found, ({ Now }) => Now)
    return makeAll(options, before, new Set()).catch((again: unknown) => oneByOne(options, before, again))
  })
  for (const name of resumed.aside) {
    const route = resumed.now.get(name)
    const problem = route && (await engine.check(settled(route)).then(() => 'refused', messageOf))
    warn(`the route '${name}' is set aside, and is tried again`, problem)
  }
  return resumed
}

/** @param undecided routes that may be as before instead: one of them that cannot be made is thrown */
async function makeAll(
  { engine, settled }: ResumeOptions,
  now: ByName,
  undecided: ReadonlySet<string>,
): Promise<Resumed> {
  const aside = new Set<string>()
  for (const [name, route] of now) {
    await engine.check(settled(route)).catch((error: unknown) => {
      if (undecided.has(name)) throw error
      aside.add(name)
    })
  }
  const all = [...now].filter(([name]) => !aside.has(name)).map(([, route]) => settled(route))
  await engine.make(all, new Set(now.keys()))
  return { now, aside }
}

async function oneByOne({ engine, settled, warn }: ResumeOptions, now: ByName, cause: unknown): Promise<Resumed> {
  const aside = new Set<string>()
  const live: SettledRoute[] = []
  await engine.make([], new Set(now.keys()))
  for (const [name, route] of now) {
    const one = settled(route)
    await engine.make([...live, one], new Set([name])).then(
      () => live.push(one),
      () => aside.add(name),
    )
  }
  if (aside.size > 0) warn('the proxy refuses some of its routes', cause)
  return { now, aside }
}

function chosen(found: ReadonlyMap<string, KeptRoute>, choose: (kept: KeptRoute) => AppliedRoute | null): ByName {
  const all = [...found].map(([name, kept]) => [name, choose(kept)] as const)
  return new Map(all.flatMap(([name, route]) => (route ? [[name, route] as const] : [])))
}
