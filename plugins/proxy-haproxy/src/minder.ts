import { stampOf, type Addresses } from '@infrakit/proxy'
import { messageOf } from '@infrakit/spi'
import { parseStates } from './answers.js'
import { ask } from './ask.js'
import type { HaproxyEngine } from './engine.js'
import { backendOf, type Layout } from './layout.js'
import { slotName } from './slots.js'

export interface MinderOptions {
  readonly engine: HaproxyEngine
  readonly layout: Layout
  readonly addresses: Addresses
  /** Whether HAProxy is to be started when it has died. */
  readonly revives: boolean
  readonly log: { warn(fields: object, message: string): void }
  readonly publish: (event: { Topic: string; Type: string; ID: string; Message: string }) => void
}

/** What has servers that are found by their hosts' names. */
type Addressed = Pick<HaproxyEngine, 'routes' | 'readdress'>

/** What is done over and over, with pauses. */
interface Chore {
  readonly what: string
  /** Milliseconds between two runs, at least. */
  readonly pause: number
  /** Whether a run that takes long is followed by a longer pause. */
  readonly yields?: boolean
  run(): Promise<void>
}

const pauses = { revive: 100, states: 1000, certificates: 2000, addresses: 10_000 }
/** One that yields takes at most this part of the time. */
const most = 0.05
/** After a failure (ms). */
const again = 1000

/** Looks after what changes by itself: HAProxy's death, servers' states, certificates, what names stand for. */
export function mind(options: MinderOptions): { stop(): Promise<void> } {
  const { log, revives } = options
  const chores = [...(revives ? [reviving(options)] : []), states(options), certificates(options), addressing(options)]
  let over = false
  const timers = new Map<Chore, NodeJS.Timeout>()
  const running = new Map<Chore, Promise<void>>()
  const last = new Map<Chore, string>()

  async function run(chore: Chore): Promise<number> {
    const begun = performance.now()
    try {
      await chore.run()
      last.delete(chore)
    } catch (error) {
      // Said once, not every time.
      const words = messageOf(error)
      if (last.get(chore) !== words) log.warn({ error: words }, chore.what)
      last.set(chore, words)
      return Math.max(again, chore.pause)
    }
    return Math.max(chore.pause, chore.yields ? (performance.now() - begun) / most : 0)
  }

  function plan(chore: Chore, pause: number): void {
    if (over) return
    const begin = () =>
      void running.set(
        chore,
        run(chore).then((next) => plan(chore, next)),
      )
    timers.set(chore, setTimeout(begin, pause).unref())
  }

  for (const chore of chores) plan(chore, chore.pause)
  return {
    async stop() {
      over = true
      for (const timer of timers.values()) clearTimeout(timer)
      await Promise.all(running.values())
    },
  }
}

function reviving({ engine }: MinderOptions): Chore {
  return { what: 'HAProxy has died, and cannot be started', pause: pauses.revive, run: () => engine.revive() }
}

function states({ engine, layout, publish }: MinderOptions): Chore {
  let before = new Map<string, string>()
  return {
    what: 'servers cannot be looked at',
    pause: pauses.states,
    yields: true,
    async run() {
      if (engine.routes.size === 0) return
      const seen = parseStates(await ask(layout.runtime, 'show servers state'))
      const now = new Map<string, string>()
      for (const [route, { slots }] of engine.routes) {
        const servers = seen.get(backendOf(route))
        slots.forEach((slot, at) => {
          if (!slot || !servers) return
          const key = `${route}/${slot.Name}`
          const state = slot.Drained || slot.Leaving ? 'draining' : servers.get(slotName(at))?.up ? 'up' : 'down'
          now.set(key, state)
          if (before.get(key) === state || !before.has(key)) return
          const Message = `the server ${slot.Name} of the route ${route} is ${state}`
          publish({ Topic: `proxy/servers/${key}`, Type: 'server', ID: slot.Name, Message })
        })
      }
      before = now
    },
  }
}

function certificates({ engine, log }: MinderOptions): Chore {
  const stamps = new Map<string, string>()
  return {
    what: 'a certificate has changed and cannot be used; the last good one stays',
    pause: pauses.certificates,
    async run() {
      for (const [name, { route }] of engine.routes) {
        if (!route.tls) continue
        const stamp = await stampOf(route.tls)
        if (stamps.get(name) === stamp) continue
        if (await engine.renewCertificate(name)) log.warn({ route: name }, 'the certificate was exchanged')
        stamps.set(name, stamp)
      }
    },
  }
}

export function addressing({ engine, addresses }: Pick<MinderOptions, 'addresses'> & { engine: Addressed }): Chore {
  return {
    what: 'a host has another address, which cannot be taken over',
    pause: pauses.addresses,
    async run() {
      const slots = () =>
        [...engine.routes.values()].flatMap((one) => one.slots.flatMap((slot) => (slot && !slot.Leaving ? slot : [])))
      await addresses.refresh(slots().map(({ Host }) => Host))
      // Not only what has just changed: what could not be taken over the last time is tried again.
      const other = slots().filter(({ Host, Address }) => Address !== (addresses.of(Host) ?? ''))
      if (other.length > 0) await engine.readdress(new Set(other.map(({ Host }) => Host)))
    },
  }
}
