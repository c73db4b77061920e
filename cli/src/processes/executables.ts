import { accessSync, constants, readdirSync, realpathSync, statSync } from 'node:fs'
import { basename, delimiter, dirname, isAbsolute, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { InfrakitError, nearest, parsePluginName } from '@infrakit/spi'

const prefix = 'infrakit-'

/** Plugins whose name on the socket is not that of their executable. */
const executableNames: Readonly<Record<string, string>> = { group: 'group-default' }

/** A plugin to be started: its name on the socket, and what to run. */
export interface Wanted {
  readonly name: string
  readonly executable: string
  /** Flags that make the executable serve under the name. */
  readonly args: readonly string[]
}

/**
 * Reads what `plugin start` was asked to start: a short name (`instance-file`), the path of an executable, or
 * `NAME=EXECUTABLE`. Throws `not-found` or `input`.
 */
export function readWanted(text: string, env: NodeJS.ProcessEnv): Wanted {
  const equals = text.indexOf('=')
  const given = equals > 0 && !text.slice(0, equals).includes('/') ? text.slice(0, equals) : undefined
  const what = given === undefined ? text : text.slice(equals + 1)
  const executable = what.includes('/') ? checkExecutable(resolve(what)) : findExecutable(what, env)
  const natural = naturalName(executable)
  const name = parsePluginName(given ?? natural).socket
  // Ours take their name from a flag; of others it is only known where they will serve.
  const ours = basename(executable).startsWith(prefix)
  return { name, executable, args: ours && name !== natural ? ['--name', name] : [] }
}

/** `infrakit-group-default` → `group`, `./my-plugin.py` → `my-plugin`. */
function naturalName(executable: string): string {
  const base = basename(executable).replace(/\.[a-z]+$/, '')
  const short = base.startsWith(prefix) ? base.slice(prefix.length) : base
  return Object.entries(executableNames).find(([, file]) => file === short)?.[0] ?? short
}

function findExecutable(name: string, env: NodeJS.ProcessEnv): string {
  const short = name.startsWith(prefix) ? name.slice(prefix.length) : name
  const file = prefix + (executableNames[short] ?? short)
  const folders = searchFolders(env)
  const found = folders.map((folder) => join(folder, file)).find(isExecutable)
  if (found) return found
  const near = nearest(short, knownPlugins(folders))
  throw new InfrakitError('not-found', `there is no executable ${file} for the plugin '${name}'`, {
    hint: near ? `did you mean '${near}'?` : 'give the path of an executable, or NAME=EXECUTABLE',
  })
}

/** Where executables are looked for: beside this installation first, then PATH. */
export function searchFolders(env: NodeJS.ProcessEnv): string[] {
  const beside = [process.argv[1], realpath(process.argv[1])].flatMap((script) => (script ? [dirname(script)] : []))
  const path = (env['PATH'] ?? '').split(delimiter).filter((folder) => isAbsolute(folder))
  return [...beside, ...binFolders(dirname(fileURLToPath(import.meta.url))), ...path]
}

function binFolders(folder: string): string[] {
  const above = dirname(folder)
  return [join(folder, 'node_modules', '.bin'), ...(above === folder ? [] : binFolders(above))]
}

/** Short names of the plugins that could be started. */
export function knownPlugins(folders: readonly string[]): string[] {
  const files = folders.flatMap(listFolder).filter((file) => file.startsWith(prefix))
  return [...new Set(files.map(naturalName))].sort()
}

function checkExecutable(path: string): string {
  if (isExecutable(path)) return path
  const exists = statSync(path, { throwIfNoEntry: false }) !== undefined
  const hint = exists ? `make it executable: chmod +x ${path}` : undefined
  throw new InfrakitError('input', exists ? `${path} is not executable` : `${path}: there is no such file`, { hint })
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

function listFolder(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function realpath(path: string | undefined): string | undefined {
  try {
    return path === undefined ? undefined : realpathSync(path)
  } catch {
    return undefined
  }
}
