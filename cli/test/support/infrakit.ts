import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createServer, type EventHub, type Offer, type PluginServer } from '@infrakit/rpc'
import { plantedEnvironment, searchForCanary, temporaryFolder, type Teardown } from '@infrakit/testing'

const program = fileURLToPath(new URL('../../../bin/infrakit.js', import.meta.url))

export interface Result {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A home of its own, with a plugin folder, in which the compiled command runs as a real process. */
export interface World {
  readonly home: string
  readonly pluginsDir: string
  readonly env: NodeJS.ProcessEnv
  /** Runs `infrakit` to its end. */
  infrakit(args: readonly string[], options?: RunOptions): Promise<Result>
  /** Runs it without waiting; it is killed when the test is over. */
  begin(args: readonly string[], options?: RunOptions): Running
  /** Serves a plugin from this process. */
  serve(name: string, offers: readonly Offer[], events?: EventHub): Promise<PluginServer>
}

export interface RunOptions {
  readonly input?: string
  readonly env?: Record<string, string>
  readonly cwd?: string
}

export interface Running {
  readonly pid: number
  output(): Omit<Result, 'code'>
  kill(signal: NodeJS.Signals): void
  readonly ended: Promise<Result>
}

export async function createWorld(t: Teardown): Promise<World> {
  const home = await temporaryFolder(t)
  const pluginsDir = join(home, 'plugins')
  await mkdir(pluginsDir, { mode: 0o700 })
  const env = plantedEnvironment({ INFRAKIT_HOME: home, INFRAKIT_PLUGINS_DIR: pluginsDir, NO_COLOR: '1' })

  function begin(args: readonly string[], options: RunOptions = {}): Running {
    const { input, cwd = home } = options
    const child = spawn(process.execPath, [program, ...args], { cwd, env: { ...env, ...options.env } })
    const output = { stdout: '', stderr: '' }
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text))
    child.stdin.end(input ?? '')
    const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, ...output }))
    void ended.then(({ stdout, stderr }) => searchForCanary(stdout + stderr, `infrakit ${args.join(' ')}`))
    t.teardown(() => child.kill('SIGKILL'))
    return { pid: child.pid ?? -1, output: () => output, kill: (signal) => void child.kill(signal), ended }
  }

  async function serve(name: string, offers: readonly Offer[], events?: EventHub): Promise<PluginServer> {
    const server = createServer({
      offers,
      vendor: { name: `test-${name}`, version: '1.2.3' },
      ...(events ? { events } : {}),
    })
    await server.listen({ path: join(pluginsDir, name) })
    t.teardown(() => server.close(0))
    return server
  }

  return { home, pluginsDir, env, begin, serve, infrakit: (args, options) => begin(args, options).ended }
}
