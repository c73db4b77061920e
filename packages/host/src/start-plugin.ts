import { join, resolve } from 'node:path'
import type { Logger } from 'pino'
import { claimSocket, createPlugins, formatTcp, infrakitHome, pluginsDir, type Environment } from '@infrakit/discovery'
import { createEventHub, createServer, offer, type PluginServer } from '@infrakit/rpc'
import { fenceInterface } from '@infrakit/spi'
import { failpoint } from '@infrakit/store'
import type { PluginContext, PluginDefinition } from './definition.js'
import { FenceKeeper } from './fence-keeper.js'
import { parseFlags, type Flags } from './flags.js'
import { createIntercept } from './intercept.js'
import { createLogger, type Output } from './logger.js'
import { packageInfo } from './package-info.js'
import { createState } from './state.js'
import { tcpFromFlags, type TcpWhere } from './tcp.js'
import { createUndo } from './undo.js'

export interface StartOptions {
  /** Without the names of Node and the script. */
  readonly argv: readonly string[]
  readonly env: Environment
  /** Where log lines go, default standard error. */
  readonly output?: Output
}

/** A plugin that serves. */
export interface StartedPlugin {
  readonly name: string
  /** Path of its socket, or `tcp://host:port`. */
  readonly socket: string
  readonly log: Logger
  /** Finishes calls in flight (for 10 s), stops the plugin, and removes what is its own. Twice is fine. */
  stop(): Promise<void>
}

/**
 * Starts a plugin in this process, as its executable would, without touching signals or the exit status.
 *
 * Its name is claimed before anything of it runs, so that a twin never meets it at its state; it serves once `start`
 * has returned. When it throws, everything is undone.
 *
 * @throws input, conflict, and what the plugin's `start` throws; NothingToRun after `--help` and `--version`
 */
export async function startPlugin<O extends object>(
  definition: PluginDefinition<O>,
  { argv, env, output }: StartOptions,
): Promise<StartedPlugin> {
  const info = await packageInfo(definition.module)
  const about = { executable: info.executable ?? `infrakit-${definition.name}`, version: info.version }
  const { flags, options } = parseFlags(definition, argv, about)
  const tcp = await tcpFromFlags(flags)
  const { name } = flags
  const log = await createLogger({ level: flags.log, format: flags.logFormat, name, output })
  const undo = createUndo()
  try {
    const folder = flags.pluginsDir === undefined ? pluginsDir(env) : resolve(flags.pluginsDir)
    const claim = await claimSocket(folder, name)
    undo.add(() => claim.release())
    failpoint('start/claimed')
    const context = createContext(flags, options, { env, folder, log, undo })
    const offers = await startOffers(definition, context, undo)
    const keeper = definition.fence ? await FenceKeeper.open(join(await context.useState(), 'fence')) : undefined
    const server = createServer({
      offers: keeper ? [...offers, offer(fenceInterface, keeper)] : offers,
      vendor: { name: about.executable, version: about.version },
      ...(definition.events ? { events: context.events } : {}),
      maxBodyBytes: flags.maxBody * 1024 * 1024,
      intercept: createIntercept(log, keeper),
      onError: (err, method) => log.error({ err, method }, 'internal error'),
    })
    undo.add(() => server.close())
    const socket = tcp ? await serveTcp(server, tcp, (url) => claim.announce(url)) : claim.path
    if (!tcp) await claim.serve((path) => server.listen({ path }))
    failpoint('start/serving')
    log.info({ listen: socket }, 'listening')
    return { name, socket, log, stop: () => undo.run() }
  } catch (error) {
    await undo.run().catch((err: unknown) => log.error({ err }, 'cleaning up failed'))
    throw error
  }
}

type Undo = ReturnType<typeof createUndo>

interface HostContext<O> extends PluginContext<O> {
  abort(): void
}

function createContext<O>(
  flags: Flags,
  options: O,
  { env, folder, log, undo }: { env: Environment; folder: string; log: Logger; undo: Undo },
): HostContext<O> {
  const home = infrakitHome(env)
  const state = createState(resolve(flags.stateDir ?? join(home, 'state', flags.name)))
  undo.add(() => state.release())
  const plugins = createPlugins(folder)
  undo.add(async () => plugins.close())
  const ending = new AbortController()
  return {
    name: flags.name,
    options,
    home,
    pluginsDir: folder,
    stateDir: state.dir,
    useState: () => state.use(),
    log,
    plugins,
    events: createEventHub(),
    signal: ending.signal,
    abort: () => ending.abort(),
  }
}

async function startOffers<O>(definition: PluginDefinition<O>, context: HostContext<O>, undo: Undo) {
  undo.add(async () => context.abort())
  const running = await definition.start(context)
  undo.add(async () => {
    context.abort()
    await running.stop?.()
  })
  return running.offers
}

async function serveTcp(
  server: PluginServer,
  where: TcpWhere,
  announce: (url: string) => Promise<void>,
): Promise<string> {
  const { port } = await server.listen(where)
  const url = formatTcp(where.host, port ?? where.port)
  await announce(url)
  return url
}
