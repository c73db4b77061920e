import { get } from 'node:http'
import type { SettledCheck, SettledRoute } from './settle.js'

/** Asks servers whether they are well, for proxies that do not do so themselves. Each is taken to be until it was not so often enough. */
export interface Checks {
  /**
   * What is to be asked of a route from now on. A server stays what it was found to be: while neither it nor its check
   * changes the question goes on, and another check has to find otherwise. One at another address, and one that is not
   * checked any more, is well.
   */
  set(route: SettledRoute, options?: CheckOptions): void
  remove(route: string): void
  /** Servers of a route that are not well. */
  down(route: string): string[]
  /** Those that are checked. */
  routes(): string[]
  close(): void
}

export interface CheckOptions {
  /** Where a host is asked. Who has no address is not asked. */
  readonly addressOf?: (host: string) => string | undefined
  /** Servers that an earlier process found not to be well. */
  readonly down?: ReadonlySet<string>
}

export interface Found {
  readonly route: string
  readonly server: string
  readonly down: boolean
  /** In words. */
  readonly why: string
}

interface Target {
  readonly address: string
  readonly port: number
  /** Whom the question is for, as clients say it. */
  readonly authority: string
  readonly check: SettledCheck
}

interface Checked {
  readonly target: Target
  readonly down: () => boolean
  stop(): void
}

/** @param found called when a server has become well, or is not any more */
export function createChecks(found: (found: Found) => void): Checks {
  const byRoute = new Map<string, Map<string, Checked>>()

  function stop(checked: Iterable<Checked>): void {
    for (const one of checked) one.stop()
  }

  return {
    set(route, { addressOf = (host: string) => host, down } = {}) {
      const before = byRoute.get(route.name) ?? new Map<string, Checked>()
      const now = new Map<string, Checked>()
      const named = new Set<string>()
      for (const { servers, check } of route.backends) {
        for (const { name: server, host, port } of servers) {
          named.add(server)
          const address = addressOf(host)
          if (!check || address === undefined) continue
          const target = { address, port, authority: route.host ?? authorityOf(host, port), check }
          const known = before.get(server)
          if (known && isSame(known.target, target)) {
            before.delete(server)
            now.set(server, known)
            continue
          }
          const same = known && isAt(known.target, target)
          if (same) before.delete(server)
          known?.stop()
          const tell = (down: boolean, why: string) => found({ route: route.name, server, down, why })
          now.set(server, begin(target, (same ? known.down() : !known && down?.has(server)) ?? false, tell))
        }
      }
      if (now.size > 0) byRoute.set(route.name, now)
      else byRoute.delete(route.name)
      stop(before.values())
      for (const [server, one] of before) {
        if (!one.down() || !named.has(server)) continue
        const why = now.has(server) ? 'it is another one' : 'it is not checked any more'
        found({ route: route.name, server, down: false, why })
      }
    },
    remove(route) {
      stop(byRoute.get(route)?.values() ?? [])
      byRoute.delete(route)
    },
    down: (route) => [...(byRoute.get(route) ?? [])].flatMap(([server, one]) => (one.down() ? [server] : [])),
    routes: () => [...byRoute.keys()],
    close() {
      for (const all of byRoute.values()) stop(all.values())
      byRoute.clear()
    },
  }
}

function authorityOf(host: string, port: number): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}

function isAt(one: Target, other: Target): boolean {
  return one.address === other.address && one.port === other.port
}

function isSame(one: Target, other: Target): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}

function begin(target: Target, wasDown: boolean, tell: (down: boolean, why: string) => void): Checked {
  const { check } = target
  let [isDown, against, over] = [wasDown, 0, false]
  let timer: NodeJS.Timeout | undefined

  async function round(): Promise<void> {
    const problem = await probe(target)
    if (over) return
    against = (problem !== undefined) === isDown ? 0 : against + 1
    if (against >= (isDown ? check.rise : check.fall)) {
      isDown = !isDown
      against = 0
      tell(isDown, problem ?? `${check.path} answers as it should`)
    }
    timer = setTimeout(() => void round(), check.intervalMs).unref()
  }

  void round()
  return {
    target,
    down: () => isDown,
    stop() {
      over = true
      clearTimeout(timer)
    },
  }
}

/** What is wrong with a server, in words. Each question has a connection of its own: one that was kept says nothing of new ones. */
function probe({ address, port, authority, check: { path, timeoutMs } }: Target): Promise<string | undefined> {
  return new Promise((resolve) => {
    const headers = { host: authority, connection: 'close', 'user-agent': 'infrakit-proxy' }
    const signal = AbortSignal.timeout(timeoutMs)
    const asked = get({ host: address, port, path, headers, agent: false, signal })
    asked.once('response', (response) => {
      const status = response.statusCode ?? 0
      response.once('error', () => undefined).destroy()
      resolve(status >= 200 && status < 400 ? undefined : `${path} answers ${status}`)
    })
    asked.on('error', (error) =>
      resolve(signal.aborted ? `${path} is not answered within ${timeoutMs} ms` : `${path}: ${error.message}`),
    )
  })
}
