import { createChecks, listenName } from '@infrakit/proxy'
import type { Complain } from './carry-out.js'
import type { Listens } from './listens.js'
import type { Nginx } from './nginx.js'
import { serverKey, serversOf, type PreparedRoute } from './prepared.js'
import { createStates, type Publish } from './states.js'

type Routes = ReadonlyMap<string, PreparedRoute>

/** How servers are: asked by the plugin, known to nginx, told to whoever listens to events. */
export interface Health {
  /** These routes are others than before, or have gone. @param down by `serverKey`, what an earlier process found */
  changed(names: Iterable<string>, down?: ReadonlySet<string>): void
  /** Tells a new nginx, which knows nothing of it, what the checks have found. */
  tell(key: string, nginx: Nginx): Promise<void>
  /** What the process before this one has found. Who is not checked any more is taken to be well. */
  found(): Promise<ReadonlySet<string>>
  /** Tells of servers that are in another state than before, and tells nginx what it does not know. */
  look(): Promise<void>
  close(): void
}

export interface HealthParts {
  readonly listens: Listens
  /** As they are now. */
  readonly routes: () => Routes
  /** Runs work when no route is being changed; not at all once all is over. */
  readonly inTurn: (work: () => Promise<void>) => Promise<void>
  readonly complain: Complain
  readonly publish: Publish
}

const untold = 'nginx could not be told of a server'

export function createHealth({ listens, routes, inTurn, complain, publish }: HealthParts): Health {
  const states = createStates(publish)
  const checks = createChecks(({ route }) => void tellRoute(route).then(look))
  let looking: Promise<void> = Promise.resolve()
  let closed = false

  const running = () => listens.all().flatMap(([key, { nginx }]) => (nginx ? [{ key, nginx }] : []))
  const nginxOf = ({ route }: PreparedRoute) => listens.get(listenName(route.listen))?.nginx

  async function tellRoute(name: string): Promise<void> {
    await inTurn(async () => {
      const prepared = routes().get(name)
      const nginx = prepared && nginxOf(prepared)
      if (nginx) await makeKnown(nginx, [prepared], (await nginx.unwell()).down)
    }).catch((error: unknown) => complain(name, untold, error))
  }

  /** Whatever the checks find otherwise than nginx has it. */
  async function makeKnown(nginx: Nginx, its: Iterable<PreparedRoute>, known: ReadonlySet<string>): Promise<void> {
    for (const { route } of its) {
      const down = new Set(checks.down(route.name))
      for (const { server } of serversOf(route)) {
        const isDown = down.has(server.name)
        if (known.has(serverKey(route.name, server.name)) === isDown) continue
        await nginx.setDown(route.name, server.name, isDown)
      }
    }
  }

  const routesAt = (key: string) => [...routes().values()].filter(({ route }) => listenName(route.listen) === key)

  async function lookNow(): Promise<void> {
    const [unwell, known] = [new Set<string>(), new Set<string>()]
    for (const { nginx } of running()) {
      // One that is away says nothing of its servers.
      const { down = [], resting = [] } = (await nginx.unwell().catch(() => undefined)) ?? {}
      for (const one of down) known.add(one)
      for (const one of [...down, ...resting]) unwell.add(one)
    }
    for (const name of otherwise(known)) await tellRoute(name)
    if (!closed) states.tell([...routes().values()], unwell)
  }

  /** Routes with servers of which nginx knows otherwise than what was found: telling it may have failed. */
  function otherwise(known: ReadonlySet<string>): Set<string> {
    const found = checks.routes().flatMap((name) => checks.down(name).map((server) => serverKey(name, server)))
    const others = [...found.filter((key) => !known.has(key)), ...[...known].filter((key) => !found.includes(key))]
    return new Set(
      others.flatMap((key) => {
        const [name = '', server] = key.split('/')
        const prepared = routes().get(name)
        return prepared && serversOf(prepared.route).some((one) => one.server.name === server) ? [name] : []
      }),
    )
  }

  /** One after the other: what was seen earlier is not told later. */
  function look(): Promise<void> {
    looking = looking.then(lookNow)
    return looking
  }

  return {
    changed(names, down = new Set()) {
      for (const name of names) {
        const prepared = routes().get(name)
        if (!prepared) {
          checks.remove(name)
          continue
        }
        const its = serversOf(prepared.route).map(({ server }) => server.name)
        checks.set(prepared.route, {
          addressOf: (host) => prepared.addresses.get(host),
          down: new Set(its.filter((server) => down.has(serverKey(name, server)))),
        })
      }
    },
    tell: (key, nginx) =>
      makeKnown(nginx, routesAt(key), new Set()).catch((error: unknown) => complain(key, untold, error)),
    async found() {
      const found = new Set<string>()
      for (const { key, nginx } of running()) {
        const { down = [] } = (await nginx.unwell().catch(() => undefined)) ?? {}
        for (const { route } of routesAt(key)) {
          for (const { servers, check } of route.backends) {
            for (const one of servers.map(({ name }) => serverKey(route.name, name))) {
              if (check && new Set(down).has(one)) found.add(one)
            }
          }
        }
      }
      return found
    },
    look,
    close() {
      closed = true
      checks.close()
    },
  }
}
