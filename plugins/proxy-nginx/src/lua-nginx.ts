import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Identity } from '@infrakit/programs'
import { InfrakitError, messageOf, type LiveServer } from '@infrakit/spi'
import { openControl, protocol, type Change, type Control, type Unwell } from './control.js'
import { lingeringServer, liveServer } from './live-servers.js'
import { luaConfiguration, type Listening } from './lua-configuration.js'
import { createLuaFiles } from './lua-files.js'
import type { Nginx, NginxKind, World } from './nginx.js'
import { startInFolder } from './nginx-folder.js'
import { serverKey, serversOf, type PreparedRoute } from './prepared.js'
import { digestOf, idOf, thingsOf, type Thing } from './things.js'

/** Where our Lua is: it is no TypeScript, and stays beside `dist`. */
const lua = fileURLToPath(new URL('../../lua', import.meta.url))
const cutMs = 3000

const controlOf = (folder: string) => join(folder, 'control')
const filesOf = (folder: string) => createLuaFiles(join(folder, 'routes'))

/** An nginx that looks up in its dictionary where each request goes: nothing that changes needs a reload. */
export const luaKind: NginxKind = {
  async start(world, listening, routes, ended) {
    const things = thingsOf(routes)
    const opened: { control?: Control } = {}
    try {
      const { folder, master } = await startInFolder(world, {
        about: { kind: 'lua', listening },
        prepare: (folder) => prepare(world, listening, routes, folder),
        async serves(folder) {
          opened.control ??= openControl(controlOf(folder))
          const { workers } = await opened.control.who()
          return workers.length === world.workers && (await differencesToTold(things, opened.control)).length === 0
        },
        ended,
      })
      opened.control ??= openControl(controlOf(folder))
      const files = filesOf(folder)
      await files.writeAll(things.values())
      return create(world, { folder, listening, master, control: opened.control, files, routes, live: things })
    } catch (error) {
      opened.control?.close()
      throw error
    }
  },
  async adopt(world, folder, listening, master) {
    const control = openControl(controlOf(folder))
    try {
      const spoken = (await control.who()).protocol
      if (spoken !== protocol) throw new InfrakitError('incompatible', `it speaks protocol ${spoken}, not ${protocol}`)
      const files = filesOf(folder)
      await files.writeAll([])
      return create(world, { folder, listening, master, control, files, routes: [], live: undefined })
    } catch (error) {
      control.close()
      throw error
    }
  },
}

async function prepare(
  { program: { modules }, workers }: World,
  listening: Listening,
  routes: readonly PreparedRoute[],
  folder: string,
): Promise<void> {
  await writeFile(join(folder, 'nginx.conf'), luaConfiguration(listening, { modules, lua, folder, workers }))
  const { certificate, key } = routes.find((one) => one.certificate)?.certificate ?? { certificate: '', key: '' }
  if (listening.tls) await writeFile(join(folder, 'placeholder.pem'), `${certificate}\n${key}`, { mode: 0o600 })
  await filesOf(folder).writeAll(thingsOf(routes).values())
}

/**
 * What has to be told so that `wanted` is live. In this order no request finds a route that is not there yet, or no more.
 *
 * @param is whether a thing is live as it is
 */
function differences(wanted: ReadonlyMap<string, Thing>, there: Iterable<string>, is: Is): Change[] {
  const rank = { c: 0, r: 1, t: 2 }
  const added = [...wanted.values()].filter((thing) => !is(thing))
  const gone = [...there]
    .filter((id) => !wanted.has(id))
    .map((id) => {
      const [kind, name = ''] = id.split(' ')
      return { kind: kind as Thing['kind'], name, text: undefined }
    })
  return [...added.sort((a, b) => rank[a.kind] - rank[b.kind]), ...gone.sort((a, b) => rank[b.kind] - rank[a.kind])]
}

type Is = (thing: Thing) => boolean

/** As nginx tells it. */
async function differencesToTold(wanted: ReadonlyMap<string, Thing>, control: Control): Promise<Change[]> {
  const told = await control.list()
  return differences(wanted, told.keys(), (thing) => told.get(idOf(thing))?.digest === digestOf(thing.text))
}

interface Parts {
  readonly folder: string
  readonly listening: Listening
  readonly master: Identity
  readonly control: Control
  readonly files: ReturnType<typeof createLuaFiles>
  readonly routes: readonly PreparedRoute[]
  /** `undefined` while it is not known. */
  readonly live: ReadonlyMap<string, Thing> | undefined
}

function create(world: World, { folder, listening, master, control, files, ...begun }: Parts): Nginx {
  const { table } = world
  let routes = begun.routes
  let live = begun.live
  /** Servers that their route has ceased to name, by route, until nothing is under way there. */
  const lingering = new Map<string, Map<string, LiveServer>>()
  const workers = () => table.children(master.Pid)
  const well: Unwell = { down: new Set(), resting: new Set() }
  let seen = { changes: -1, unwell: well }

  function linger(next: readonly PreparedRoute[]): void {
    const before = new Map(routes.map((one) => [one.route.name, one]))
    for (const one of next) {
      const { name } = one.route
      const was = before.get(name)
      before.delete(name)
      if (was === one) continue
      const named = new Set(serversOf(one.route).map(({ server }) => server.name))
      for (const server of named) lingering.get(name)?.delete(server)
      for (const server of was ? serversOf(was.route) : []) {
        if (was && !named.has(server.server.name)) remember(name, lingeringServer(was, server))
      }
    }
    for (const [name, was] of before) for (const one of serversOf(was.route)) remember(name, lingeringServer(was, one))
  }

  function remember(route: string, server: LiveServer): void {
    const all = lingering.get(route) ?? new Map<string, LiveServer>()
    lingering.set(route, all.set(server.Name, server))
  }

  /** What is under way at servers that no route names was begun before this process. */
  async function findLingering(next: readonly PreparedRoute[]): Promise<void> {
    const names = new Set(
      next.flatMap(({ route }) => serversOf(route).map((one) => serverKey(route.name, one.server.name))),
    )
    for (const { server } of await control.flights()) {
      const [route = '', name = ''] = server.split('/')
      if (!names.has(server)) remember(route, lingeringServer(undefined, name))
    }
  }

  return {
    kind: 'lua',
    folder,
    listening,
    master,
    workers,
    async apply(next) {
      const wanted = thingsOf(next)
      const was = live
      live = undefined
      const changes = was
        ? differences(wanted, was.keys(), (thing) => was.get(idOf(thing))?.text === thing.text)
        : await differencesToTold(wanted, control)
      if (!was) await findLingering(next)
      if (changes.length > 0) await control.put(changes)
      live = wanted
      linger(next)
      const first = routes.length === 0
      routes = next
      const written = first ? files.writeAll(wanted.values()) : files.change(changes)
      await written.catch((error: unknown) => {
        // It is live all the same.
        world.log.warn({ folder, error: messageOf(error) }, 'cannot write what nginx is to load when it starts')
      })
    },
    async look(prepared) {
      const { route } = prepared
      const servers = serversOf(route)
      const gone = [...(lingering.get(route.name)?.values() ?? [])]
      const keys = [...servers.map(({ server }) => server.name), ...gone.map(({ Name }) => Name)]
      const figures = await control.look(
        workers(),
        keys.map((name) => serverKey(route.name, name)),
      )
      const present = servers.map((one, at) => liveServer(prepared, one, figures[at]))
      const others = gone.flatMap((one, at) => {
        const its = figures[servers.length + at]
        return its && its.inFlight > 0 ? [{ ...one, InFlight: its.inFlight }] : []
      })
      return [...present, ...others]
    },
    async cut(route, server) {
      const key = serverKey(route, server)
      const tell = await control.cut(key)
      const end = performance.now() + cutMs
      for (;;) {
        const [figures] = await control.look(workers(), [key])
        if (!figures || figures.inFlight === 0 || performance.now() > end) return tell()
        await sleep(10)
      }
    },
    setDown: (route, server, down) => control.setDown(route, server, down),
    async unwell() {
      const { changes } = await control.who()
      // Who rests comes back without a change.
      if (changes !== seen.changes || seen.unwell.resting.size > 0) seen = { changes, unwell: await control.unwell() }
      return seen.unwell
    },
    async tidy() {
      const gone = [...lingering].flatMap(([route, servers]) =>
        [...servers.keys()].map((server) => ({ route, server })),
      )
      const keys = gone.map(({ route, server }) => serverKey(route, server))
      const figures = keys.length > 0 ? await control.look(workers(), keys) : []
      // Who is named again meanwhile is not lingering any more.
      const idle = gone.filter(
        ({ route, server }, at) => figures[at]?.inFlight === 0 && lingering.get(route)?.has(server),
      )
      for (const { route, server } of idle) lingering.get(route)?.delete(server)
      for (const [route, servers] of lingering) if (servers.size === 0) lingering.delete(route)
      const forgotten = idle.map(({ route, server }) => serverKey(route, server))
      await control.forget(workers(), forgotten)
    },
    flights: () => control.flights(),
    close: () => control.close(),
  }
}
