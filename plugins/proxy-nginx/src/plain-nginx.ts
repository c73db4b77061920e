import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Identity } from '@infrakit/programs'
import { InfrakitError, type LiveServer } from '@infrakit/spi'
import { lingeringServer, liveServer } from './live-servers.js'
import type { Listening } from './lua-configuration.js'
import type { Nginx, NginxKind, World } from './nginx.js'
import { startInFolder } from './nginx-folder.js'
import { plainConfiguration } from './plain-configuration.js'
import { serverKey, serversOf, type PreparedRoute } from './prepared.js'
import { isShuttingDown, liveWorkers, testConfiguration } from './processes.js'

const reloadMs = 20_000
const none: ReadonlySet<string> = new Set()

/** An nginx without Lua: it is reloaded for each change, which fails requests of clients that keep their connection. */
export const plainKind: NginxKind = {
  async start(world, listening, routes, ended) {
    const { workers, table } = world
    const { folder, master } = await startInFolder(world, {
      about: { kind: 'plain', listening },
      prepare: (folder) => writeFiles(folder, plainConfiguration(listening, routes, { workers, down: none })),
      serves: async (_, { Pid }) => liveWorkers(table, table.children(Pid)).length === workers,
      ended,
    })
    return create(world, folder, listening, master, routes)
  },
  adopt: async (world, folder, listening, master) => create(world, folder, listening, master, []),
}

type Written = ReturnType<typeof plainConfiguration>

async function writeFiles(folder: string, { configuration, files }: Written): Promise<void> {
  for (const { name, text } of [...files, { name: 'nginx.conf', text: configuration }]) {
    const temporary = join(folder, `.${name}`)
    await writeFile(temporary, text, { mode: 0o600 })
    await rename(temporary, join(folder, name))
  }
}

/** What there is of files with these names. */
async function readFiles(folder: string, { files }: Written): Promise<Written & { missing: string[] }> {
  const read = (name: string) => readFile(join(folder, name), 'utf8').catch(() => undefined)
  const found = await Promise.all(files.map(async ({ name }) => ({ name, text: await read(name) })))
  return {
    configuration: (await read('nginx.conf')) ?? '',
    files: found.flatMap(({ name, text }) => (text === undefined ? [] : [{ name, text }])),
    missing: found.filter(({ text }) => text === undefined).map(({ name }) => name),
  }
}

function create(
  world: World,
  folder: string,
  listening: Listening,
  master: Identity,
  begun: readonly PreparedRoute[],
): Nginx {
  const { table, program } = world
  let routes = begun
  const down = new Set<string>()
  const workers = () => table.children(master.Pid)
  const old = () => liveWorkers(table, workers()).filter(({ Pid }) => isShuttingDown(Pid))
  /** Workers that may have something of a server that was taken out, by `serverKey`. */
  const holders = new Map<string, { readonly workers: Identity[]; readonly gone: LiveServer | undefined }>()
  const found = old()

  async function apply(next: readonly PreparedRoute[]): Promise<void> {
    const wanted = plainConfiguration(listening, next, { workers: world.workers, down })
    const before = await readFiles(folder, wanted)
    if (
      before.configuration !== wanted.configuration ||
      JSON.stringify(before.files) !== JSON.stringify(wanted.files)
    ) {
      await writeFiles(folder, wanted)
      try {
        await testConfiguration(program, folder)
      } catch (error) {
        await writeFiles(folder, before)
        for (const name of before.missing) await rm(join(folder, name), { force: true })
        throw error
      }
      await reload(next)
    }
    routes = next
  }

  /** Answers when no worker takes anything new that does not know the new configuration. */
  async function reload(next: readonly PreparedRoute[]): Promise<void> {
    const before = liveWorkers(table, workers())
    const pids = new Set(before.map(({ Pid }) => Pid))
    table.signal(master, 'SIGHUP')
    const end = performance.now() + reloadMs
    for (;;) {
      const now = liveWorkers(table, workers())
      const anew = now.filter(({ Pid }) => !pids.has(Pid)).length
      if (anew >= world.workers && now.every(({ Pid }) => !pids.has(Pid) || isShuttingDown(Pid))) break
      if (!table.lives(master)) throw new InfrakitError('unavailable', 'nginx has ended while it was reloaded')
      if (performance.now() > end) {
        throw new InfrakitError(
          'timeout',
          `nginx did not load what it was given within ${reloadMs / 1000} s; see ${folder}/error.log`,
        )
      }
      await sleep(5)
    }
    hold(next, before)
  }

  function hold(next: readonly PreparedRoute[], before: readonly Identity[]): void {
    const serving = new Map(
      next.flatMap((one) =>
        serversOf(one.route).map((server) => [serverKey(one.route.name, server.server.name), server] as const),
      ),
    )
    for (const one of routes) {
      for (const server of serversOf(one.route)) {
        const key = serverKey(one.route.name, server.server.name)
        const now = serving.get(key)
        if (now && now.server.share > 0) holders.delete(key)
        else if (!holders.has(key)) {
          holders.set(key, { workers: [...before], gone: now ? undefined : lingeringServer(one, server) })
        }
      }
    }
  }

  function inFlight(key: string, drained: boolean): number {
    const known = holders.get(key)?.workers ?? (drained ? found : [])
    return known.filter((one) => table.lives(one)).length
  }

  return {
    kind: 'plain',
    folder,
    listening,
    master,
    workers,
    apply,
    async look(prepared) {
      const { name } = prepared.route
      const servers = serversOf(prepared.route).map((one) => {
        const key = serverKey(name, one.server.name)
        const live = liveServer(prepared, one)
        const InFlight = inFlight(key, one.server.drained)
        return { ...live, InFlight, State: live.State === 'up' && down.has(key) ? ('down' as const) : live.State }
      })
      const lingering = [...holders].flatMap(([key, { gone }]) => {
        if (!gone || !key.startsWith(`${name}/`)) return []
        const InFlight = inFlight(key, true)
        if (InFlight > 0) return [{ ...gone, InFlight }]
        holders.delete(key)
        return []
      })
      return [...servers, ...lingering]
    },
    async cut(route, server) {
      const left = (holders.get(serverKey(route, server))?.workers ?? found).filter((one) => table.lives(one))
      for (const one of left) table.signal(one, 'SIGTERM')
      return left.length
    },
    async setDown(route, server, isDown) {
      const key = serverKey(route, server)
      if (isDown) down.add(key)
      else down.delete(key)
      await apply(routes)
    },
    unwell: async () => ({ down: new Set(down), resting: none }),
    tidy: async () => undefined,
    flights: async () => [],
    close: () => undefined,
  }
}
