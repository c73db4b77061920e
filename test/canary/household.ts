import { once } from 'node:events'
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startProcess, temporaryFolder, waitUntil, type StartedProcess, type Teardown } from '@infrakit/testing'
import type { Said } from './secrets.js'

const root = new URL('../../../', import.meta.url)
const script = (path: string) => fileURLToPath(new URL(path, root))
const executables = {
  group: 'plugins/group/bin/infrakit-group-default.js',
  'instance-file': 'plugins/instance-file/bin/infrakit-instance-file.js',
  'flavor-vanilla': 'plugins/flavor-vanilla/bin/infrakit-flavor-vanilla.js',
  'flavor-combo': 'plugins/flavor-combo/bin/infrakit-flavor-combo.js',
}
export type PluginName = keyof typeof executables

export interface Outcome {
  readonly code: number | null
  readonly text: string
}

/** Plugins and commands as real processes that are told secrets, and all that they say. */
export interface Household {
  readonly home: string
  readonly said: Said[]
  /** Starts a plugin that logs all it can, and waits until it serves. */
  start(name: PluginName, flags?: readonly string[], env?: Record<string, string>): Promise<StartedProcess>
  /** Starts a plugin that is expected to end at once. */
  fail(name: PluginName, flags: readonly string[]): Promise<Outcome>
  /** Runs `infrakit`. What is said counts only when it is `told`. */
  infrakit(args: readonly string[], options?: { env?: Record<string, string>; told?: boolean }): Promise<Outcome>
  /** Runs any script to its end. */
  script(what: string, url: URL): Promise<Outcome>
  /** Writes an input file outside of what is searched. */
  file(name: string, text: string): Promise<string>
  /** Ends what still runs, so that all is said. */
  end(): Promise<void>
  /** Every file below the home but those of `file`, with its mode. */
  files(): Promise<(Said & { readonly mode: number })[]>
}

export async function createHousehold(t: Teardown, env: Record<string, string>): Promise<Household> {
  const folder = await temporaryFolder(t)
  const [home, input] = [join(folder, 'home'), join(folder, 'input')]
  await mkdir(home)
  await mkdir(input)
  const common = { ...env, INFRAKIT_HOME: home, INFRAKIT_PLUGINS_DIR: join(home, 'plugins'), NO_COLOR: '1' }
  const said: Said[] = []
  const begun: { process: StartedProcess; closed: Promise<unknown> }[] = []

  function begin(what: string, path: string, args: readonly string[], more: Record<string, string>, told = true) {
    const process = startProcess(t, path, args, { ...common, ...more })
    const closed = once(process.child, 'close')
    begun.push({ process, closed })
    if (told) void closed.then(() => said.push({ where: what, text: process.output() }))
    return { process, closed }
  }

  async function run(what: string, path: string, args: readonly string[], more: Record<string, string>, told = true) {
    const { process, closed } = begin(what, path, args, more, told)
    const [code] = (await closed) as [number | null]
    return { code, text: process.output() }
  }

  const pluginFlags = (flags: readonly string[]) => ['--log', '5', '--log-format', 'json', '--debug', ...flags]
  return {
    home,
    said,
    async start(name, flags = [], more = {}) {
      const { process } = begin(`the log of ${name}`, script(executables[name]), pluginFlags(flags), more)
      await waitUntil(
        `${name} to serve`,
        () => {
          if (process.child.exitCode !== null) throw new Error(process.output())
          return process.output().includes('"listening"')
        },
        40_000,
      )
      return process
    },
    fail: (name, flags) => run(`the failed start of ${name}`, script(executables[name]), pluginFlags(flags), {}),
    infrakit: (args, { env: more = {}, told = true } = {}) => {
      return run(
        `infrakit ${args.map((arg) => (relative(input, arg).startsWith('..') ? arg : relative(input, arg))).join(' ')}`,
        script('cli/bin/infrakit.js'),
        args,
        more,
        told,
      )
    },
    script: (what, url) => run(what, fileURLToPath(url), [], {}),
    async file(name, text) {
      await writeFile(join(input, name), text)
      return join(input, name)
    },
    async end() {
      for (const { process, closed } of begun) {
        await process.end()
        await closed
      }
    },
    async files() {
      const entries = await readdir(home, { recursive: true, withFileTypes: true })
      const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
      return Promise.all(
        paths.map(async (path) => ({
          where: relative(home, path),
          text: await readFile(path, 'utf8'),
          mode: (await stat(path)).mode & 0o777,
        })),
      )
    },
  }
}
