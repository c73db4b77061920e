import { cp, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runCommand } from './command.js'
import { endInstances, endLeftovers } from './leftovers.js'

const here = fileURLToPath(new URL('..', import.meta.url))
const infrakit = join(here, '..', 'cli', 'bin', 'infrakit.js')

/** What a step of the tour can do. Everything is shown as it would be typed, before what comes of it. */
export interface Session {
  /** The folder in which the commands run: it has `tutorial/` with the group files. */
  readonly folder: string
  readonly signal: AbortSignal
  say(text: string): void
  show(command: string): void
  /** Runs the CLI. Throws when it fails, or when the tour was interrupted. */
  infrakit(...args: string[]): Promise<void>
  /** Runs the CLI, which is to fail with that status. Throws when it does not. */
  fails(status: number, ...args: string[]): Promise<void>
  /** Is done after the plugins have ended, newest first. */
  atEnd(work: () => Promise<void>): void
  /** Ends the plugins and removes all that was made. Throws when something had to be ended by force. */
  end(): Promise<void>
}

/** A temporary folder with a home for InfraKit of its own: what runs on this machine otherwise is not touched. */
export async function createSession(signal: AbortSignal): Promise<Session> {
  const folder = await mkdtemp(join(tmpdir(), 'ik-tour-'))
  const home = join(folder, 'home')
  const { INFRAKIT_PLUGINS_DIR: _elsewhere, ...inherited } = process.env
  const env = { ...inherited, INFRAKIT_HOME: home }
  await copyGroupFiles(join(folder, 'tutorial'))
  await cp(join(here, 'blue-green'), join(folder, 'tutorial', 'blue-green'), { recursive: true })

  const endings: (() => Promise<void>)[] = []

  function show(command: string): void {
    const bold = process.stdout.isTTY && !process.env['NO_COLOR']
    process.stdout.write(bold ? `\n\u001b[1m$ ${command}\u001b[22m\n` : `\n$ ${command}\n`)
  }

  async function run(status: number, args: readonly string[]): Promise<void> {
    signal.throwIfAborted()
    show(`infrakit ${args.join(' ')}`)
    await runCommand([process.execPath, infrakit, ...args], { cwd: folder, env, signal, status })
  }

  return {
    folder,
    signal,
    show,
    say: (text) => void process.stdout.write(`\n${text}\n`),
    infrakit: (...args) => run(0, args),
    fails: (status, ...args) => run(status, args),
    atEnd: (work) => void endings.unshift(work),
    async end() {
      try {
        await runCommand([process.execPath, infrakit, 'plugin', 'stop', '--all', '--kill', '--timeout', '5s', '-q'], {
          cwd: folder,
          env,
        })
      } finally {
        for (const work of endings) await work()
        await endLeftovers(home)
        await endInstances(home)
        await rm(folder, { recursive: true, force: true, maxRetries: 5 })
      }
    },
  }
}

async function copyGroupFiles(to: string): Promise<void> {
  const files = (await readdir(here)).filter((name) => name.endsWith('.json') && name.startsWith('app-'))
  for (const name of files) await cp(join(here, name), join(to, name), { recursive: true })
}
