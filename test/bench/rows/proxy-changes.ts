import { connect } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { ProxyRoute } from '@infrakit/spi'
import { writeFileDurably } from '@infrakit/store'
import { freePort, temporaryFolder, type Teardown } from '@infrakit/testing'
import { startProxy, type ProxyName } from '../../load/proxies.js'
import type { Row } from '../row.js'
import { median } from '../statistics.js'
import { stopwatch } from '../stopwatch.js'

const servers = 10

interface Proxy {
  readonly name: ProxyName
  readonly needs: readonly string[]
  /** What a change may take (ms). */
  readonly limit: number
  /** What has to be asked of it for a change, with nothing of ours, and what that is in words. */
  readonly floor?: { readonly is: string; ask(home: string): Promise<unknown> }
}

const proxies: readonly Proxy[] = [
  {
    name: 'proxy-haproxy',
    needs: ['haproxy'],
    limit: 30,
    floor: {
      is: ', and `set server` and `show servers state` at the socket of HAProxy',
      async ask(home) {
        const socket = join(home, 'state', 'plugin', 'haproxy', 'runtime')
        // Of a route that is not changed otherwise, so that both sides find what they left.
        await command(socket, 'set server infrakit-route-shop-0/s1 weight 1')
        await command(socket, 'show servers state infrakit-route-shop-0')
      },
    },
  },
  { name: 'proxy-nginx', needs: ['nginx'], limit: 30 },
  { name: 'proxy-embedded', needs: [], limit: 10 },
]

/** What HAProxy answers. */
function command(socket: string, line: string): Promise<string> {
  const connection = connect(socket)
  connection.end(`${line}\n`)
  return text(connection)
}

interface Changing {
  readonly home: string
  /** Gives one route other servers; milliseconds until that is live and was verified. */
  change(): Promise<number>
}

/** A plugin with so many routes, to servers that nobody asks. */
async function startRoutes(t: Teardown, name: ProxyName, count: number): Promise<Changing> {
  const plugin = await startProxy(t, name)
  const Listen = `127.0.0.1:${await freePort()}`
  const routeOf = (at: number, round: number): ProxyRoute => {
    const server = (_: unknown, i: number) => ({ Name: `web-${round}-${i}`, Host: '127.0.0.1', Port: 20_000 + i })
    const Backends = [{ Name: 'blue', Servers: Array.from({ length: servers }, server) }]
    return { Name: `shop-${at}`, Owner: 'bench', Listen, Host: `shop-${at}.example`, Backends }
  }
  const apply = (Route: ProxyRoute) => plugin.call('Proxy.Apply', { Route })
  await Promise.all(Array.from({ length: count }, (_, at) => apply(routeOf(at, 0))))
  let round = 0
  return {
    home: plugin.home,
    async change() {
      const Route = routeOf(1 + (round % (count - 1)), ++round)
      const elapsed = stopwatch()
      await apply(Route)
      return elapsed()
    },
  }
}

function change({ name, needs, limit, floor }: Proxy): Row {
  return {
    name: `${name}-apply`,
    title: `ten other servers for a route of ${name}, until they are live and seen to be`,
    floorIs: `its two durable writes${floor?.is ?? ''}`,
    needs,
    unit: 'ms',
    compare: 'difference',
    figures: [{ of: 'p50', from: median, limit, bound: 'at most', aim: limit }],
    rounds: { full: 100, quick: 5 },
    warmUp: 5,
    async open(t) {
      const [ours, folder] = [await startRoutes(t, name, 10), await temporaryFolder(t)]
      const kept = 'x'.repeat(1500)
      return {
        ours: () => ours.change(),
        async floor() {
          const elapsed = stopwatch()
          for (const file of ['to be', 'is']) await writeFileDurably(join(folder, file), kept)
          await floor?.ask(ours.home)
          return elapsed()
        },
      }
    },
  }
}

function many({ name, needs }: Proxy): Row {
  return {
    name: `${name}-1000`,
    title: `the same, among 1000 routes of ${name} with ten servers each`,
    floorIs: 'the same among 10 routes',
    needs,
    unit: 'ms',
    compare: 'ratio',
    figures: [{ of: 'p50', from: median, limit: 3, bound: 'at most' }],
    rounds: { full: 60, quick: 3 },
    warmUp: 5,
    async open(t) {
      const [few, thousand] = [await startRoutes(t, name, 10), await startRoutes(t, name, 1000)]
      return { ours: () => thousand.change(), floor: () => few.change() }
    },
  }
}

export const proxyChanges: readonly Row[] = proxies.flatMap((proxy) => [change(proxy), many(proxy)])
