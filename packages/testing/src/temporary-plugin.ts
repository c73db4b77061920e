import { connect } from 'node:net'
import { join } from 'node:path'
import { transportTo } from './conformance/transport.js'
import { temporaryFolder, type Teardown } from './folder.js'
import { startProcess, type StartedProcess } from './process.js'
import { waitUntil } from './wait.js'

export interface TemporarySocket {
  /** Home of whoever is to serve it, with a plugin folder of its own; removed when the test is over. */
  readonly home: string
  readonly pluginsDir: string
  /** Where it will be; short enough for every system. */
  readonly path: string
}

/** A place for a plugin's socket where no other test looks. */
export async function temporarySocket(t: Teardown, name = 'plugin'): Promise<TemporarySocket> {
  const home = await temporaryFolder(t)
  const pluginsDir = join(home, 'plugins')
  return { home, pluginsDir, path: join(pluginsDir, name) }
}

export interface TemporaryPluginOptions {
  /** Its name on the socket. */
  readonly name?: string
  /** Flags beyond those that say where it is to be. */
  readonly args?: readonly string[]
  readonly env?: Record<string, string>
}

/** A plugin that runs as a process of its own, in a home of its own. */
export interface TemporaryPlugin {
  readonly socket: string
  readonly home: string
  /** All it wrote since it was last started. */
  output(): string
  /** Makes one call and answers its result. Rejects with the plugin's own words. */
  call(method: string, params?: object): Promise<Record<string, unknown>>
  /** Ends it as a crash would. What it keeps in its home stays. */
  kill(): Promise<void>
  /** Starts it again. */
  start(): Promise<void>
}

/** How long a plugin may take until somebody answers (ms). Generous: test machines are busy. */
const startMs = 40_000

/**
 * Starts a plugin that `runPlugin` runs and waits until it answers. It ends with the test, and so does all that it kept.
 *
 * @param script the plugin's compiled main
 */
export async function temporaryPlugin(
  t: Teardown,
  script: string,
  { name = 'plugin', args = [], env = {} }: TemporaryPluginOptions = {},
): Promise<TemporaryPlugin> {
  const { home, pluginsDir, path } = await temporarySocket(t, name)
  const flags = ['--name', name, '--plugins-dir', pluginsDir, ...args]
  const { post } = transportTo({ path })
  let running: StartedProcess | undefined

  async function start(): Promise<void> {
    const started = startProcess(t, script, flags, { ...env, INFRAKIT_HOME: home })
    running = started
    const ended = started.exited.then(({ code, signal }) => {
      throw new Error(`${script} ended (${signal ?? code}) before it answered:\n${started.output()}`)
    })
    ended.catch(() => undefined)
    await Promise.race([ended, waitUntil(`an answer on ${path}`, () => answers(path), startMs)])
  }

  async function call(method: string, params: object = {}): Promise<Record<string, unknown>> {
    const { body } = await post(JSON.stringify({ jsonrpc: '2.0', method, params, id: 1 }))
    const { result, error } = JSON.parse(body) as { result?: Record<string, unknown>; error?: { message: string } }
    if (error) throw new Error(error.message)
    return result ?? {}
  }

  await start()
  return {
    socket: path,
    home,
    output: () => running?.output() ?? '',
    call,
    kill: async () => void (await running?.end('SIGKILL')),
    start,
  }
}

/** Whether somebody listens on a socket. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect(path, () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', reject)
  })
}
