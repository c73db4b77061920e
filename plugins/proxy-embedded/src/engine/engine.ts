import {
  cannotChangeTls,
  createAddresses,
  createChecks,
  listenName,
  readCertificate,
  type Engine,
  type Lookup,
  type SettledRoute,
} from '@infrakit/proxy'
import { InfrakitError, messageOf } from '@infrakit/spi'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Made } from '../messages.js'
import { together } from './live.js'
import { Rests } from './rests.js'
import { Workers, type WorkersOptions } from './workers.js'

export interface EngineOptions {
  readonly workers: number
  /** How long requests under way are waited for at the end. */
  readonly graceMs: number
  readonly log: { warn(fields: object, message: string): void; info(fields: object, message: string): void }
  readonly publish: (event: { Topic: string; Type: string; ID: string; Message: string }) => void
  readonly lookup?: Lookup | undefined
}

export interface EmbeddedEngine extends Engine {
  /** Of the processes that serve. */
  readonly pids: readonly number[]
  close(): Promise<void>
}

type WorkersLike = Pick<Workers, 'askAll' | 'pids' | 'stop'>

/** The workers of a process that has just ended may still hold their ports (ms). */
const leftoverMs = 3000

/** Serves routes with processes of ours. */
export async function startEngine(
  { workers: count, graceMs, log, publish, lookup }: EngineOptions,
  start: (options: WorkersOptions) => Promise<WorkersLike> = (options) => Workers.start(options),
): Promise<EmbeddedEngine> {
  let live: ReadonlyMap<string, SettledRoute> = new Map()
  let first = true
  const tell = (route: string, server: string, state: 'up' | 'down', why: string) =>
    publish({
      Topic: `proxy/servers/${route}/${server}`,
      Type: 'server',
      ID: server,
      Message: `the server ${server} of the route ${route} is ${state}: ${why}`,
    })
  const rests = new Rests(tell)
  const addresses = createAddresses(lookup)
  const checks = createChecks(({ route, server, down, why }) => {
    tell(route, server, down ? 'down' : 'up', why)
    workers.askAll('heed', { route, unwell: checks.down(route) }).catch((error: unknown) => {
      log.warn({ error: messageOf(error), route }, 'the workers could not be told how servers are')
    })
  })
  const workers = await start({
    count,
    log,
    async teach(worker) {
      await worker.ask('commit', { set: [...live.values()], gone: [] })
      for (const route of checks.routes()) await worker.ask('heed', { route, unwell: checks.down(route) })
    },
    tell(said, slot) {
      if ('warning' in said) log.warn(said.fields, said.warning)
      else rests.told(slot, said)
    },
    forgot: (slot) => rests.forget(slot),
  })

  async function prepare(set: readonly SettledRoute[]): Promise<void> {
    const end = performance.now() + (first ? leftoverMs : 0)
    for (;;) {
      try {
        await workers.askAll('prepare', { set })
        return
      } catch (error) {
        await workers.askAll('abandon', {}).catch(() => undefined)
        const taken = error instanceof InfrakitError && error.path === 'Listen'
        if (!taken || performance.now() > end) throw error
        await sleep(100)
      }
    }
  }

  /** Some workers may have made a change that others have not. */
  async function goBack(changed: Iterable<string>): Promise<void> {
    const set = [...changed].flatMap((name) => live.get(name) ?? [])
    const gone = [...changed].filter((name) => !live.has(name))
    await workers.askAll('commit', { set, gone }).catch((error: unknown) => {
      log.warn({ error: messageOf(error) }, 'a change that failed could not be taken back everywhere')
    })
  }

  return {
    get pids() {
      return workers.pids
    },

    async check({ tls }) {
      if (tls) await readCertificate(tls)
    },

    async make(routes, changed) {
      const next = new Map(routes.map((route) => [route.name, route]))
      const set = [...changed].flatMap((name) => next.get(name) ?? [])
      const gone = [...changed].filter((name) => !next.has(name))
      refuseHitful(set, live)
      // Who connects looks names up each time; a name that was never right is refused here.
      if (!first) await addresses.learn(newHosts(set, live))
      await prepare(set)
      first = false
      const before = live
      // From here on a worker that takes the place of another one begins with the new.
      live = next
      try {
        for (const one of await workers.askAll('commit', { set, gone })) verify(set, one)
      } catch (error) {
        live = before
        await goBack(changed)
        throw error
      }
      for (const route of set) checks.set(route)
      for (const name of gone) checks.remove(name)
    },

    look: async (route) => together(await workers.askAll('look', { route })),

    async cut(route, server) {
      const all = await workers.askAll('cut', { route, server })
      return all.reduce((sum, one) => sum + one, 0)
    },

    async close() {
      checks.close()
      await workers.stop(graceMs)
    },
  }
}

/** Holds what a worker says that is so against what was to be. */
function verify(set: readonly SettledRoute[], made: readonly Made[]): void {
  for (const { name, backends } of set) {
    const one = made.find(({ route }) => route === name)
    const wanted = backends.flatMap(({ servers }) =>
      servers.filter(({ share }) => share > 0).map((server) => server.name),
    )
    if (one?.listening && wanted.join() === one.serving.join()) continue
    const is = !one ? 'is not there' : one.listening ? `serves from ${one.serving.join(', ')}` : 'does not listen'
    throw new InfrakitError(
      'plugin-failed',
      `the route '${name}' ${is}, after it was made to serve from ${wanted.join(', ')}`,
      {
        hint: 'Apply it again; if that does not help, restart the proxy.',
      },
    )
  }
}

/** Throws `incompatible` when TLS begins or ends where clients may be, for a route that does not allow it. */
function refuseHitful(set: readonly SettledRoute[], live: ReadonlyMap<string, SettledRoute>): void {
  const secure = new Map([...live.values()].map(({ listen, tls }) => [listenName(listen), tls !== undefined]))
  const strict = set.find(({ listen, tls, hitless }) => hitless && secure.get(listenName(listen)) === !tls)
  if (strict) throw cannotChangeTls(strict.listen)
}

/** Hosts that a route has not named before. */
function newHosts(set: readonly SettledRoute[], live: ReadonlyMap<string, SettledRoute>): string[] {
  const known = new Set(set.flatMap(({ name }) => live.get(name) ?? []).flatMap(hostsOf))
  return set.flatMap(hostsOf).filter((host) => !known.has(host))
}

function hostsOf({ backends }: SettledRoute): string[] {
  return backends.flatMap(({ servers }) => servers.map(({ host }) => host))
}
