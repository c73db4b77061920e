import { readdirSync, readFileSync, statSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createClient } from '@infrakit/rpc/client'
import { startProcess, temporaryFolder, waitUntil, type StartedProcess, type Teardown } from '@infrakit/testing'

/** A process that is fuzzed. */
export interface Target {
  readonly name: string
  readonly socket: string
  readonly process: StartedProcess
  /** A call as anybody makes it; rejects unless it is answered as always. */
  checkUp(): Promise<unknown>
}

export interface Place {
  readonly home: string
  readonly pluginsDir: string
  readonly instancesDir: string
  /** Files that should not be there or have changed, by path. */
  trespasses(): string[]
}

/** The longest request that the targets take, in bytes. */
export const maxBodyBytes = 1024 * 1024

/** A leak ends the process, instead of this machine's patience. */
const limits = { NODE_OPTIONS: '--max-old-space-size=192' }

/** Where a process under test may write; all else in its home is watched. */
const allowed = [
  /^(\.plugins\.[a-z-]+\.lock|plugins(\/.*)?)$/,
  /^state(\/|$)/,
  /^instances(\/instance-\d+|\/\.[^/]+)?$/,
  /^outside(\/sentinel)?$/,
]

export async function createPlace(t: Teardown): Promise<Place> {
  const home = await temporaryFolder(t)
  const [pluginsDir, instancesDir, outside] = ['plugins', 'instances', 'outside'].map((name) => join(home, name)) as [
    string,
    string,
    string,
  ]
  await mkdir(pluginsDir, { mode: 0o700 })
  await mkdir(instancesDir)
  await mkdir(outside)
  const sentinel = join(outside, 'sentinel')
  await writeFile(sentinel, 'nobody touches this')
  const before = statSync(sentinel).mtimeMs
  return {
    home,
    pluginsDir,
    instancesDir,
    trespasses() {
      const paths = readdirSync(home, { recursive: true, withFileTypes: true })
        .filter((entry) => !entry.isSocket())
        .map((entry) => relative(home, join(entry.parentPath, entry.name)))
      const strange = paths.filter((path) => !allowed.some((pattern) => pattern.test(path)))
      const same = readFileSync(sentinel, 'utf8') === 'nobody touches this' && statSync(sentinel).mtimeMs === before
      return same ? strange : [...strange, 'outside/sentinel']
    },
  }
}

/** Starts a script that serves a socket of this name, and waits until it answers. */
export async function startTarget(
  t: Teardown,
  { home, pluginsDir }: Place,
  name: string,
  script: URL,
  args: readonly string[] = [],
): Promise<Target> {
  const socket = join(pluginsDir, name)
  const env = { ...limits, INFRAKIT_HOME: home, INFRAKIT_PLUGINS_DIR: pluginsDir }
  const process = startProcess(t, fileURLToPath(script), args, env)
  const checkUp = async () => {
    const client = createClient({ path: socket }, { timeoutMs: 20_000 })
    try {
      return await client.handshake()
    } finally {
      client.close()
    }
  }
  await waitUntil(`${name} to answer`, () => {
    return process.child.exitCode === null ? checkUp() : Promise.reject(new Error(process.output()))
  })
  return { name, socket, process, checkUp }
}

const executables = {
  'instance-file': 'instance-file/bin/infrakit-instance-file.js',
  'flavor-vanilla': 'flavor-vanilla/bin/infrakit-flavor-vanilla.js',
  'flavor-combo': 'flavor-combo/bin/infrakit-flavor-combo.js',
  group: 'group/bin/infrakit-group-default.js',
}

/** The four plugins as processes of their own, in a home of their own. */
export async function startPlugins(t: Teardown, place: Place): Promise<Target[]> {
  const targets: Target[] = []
  for (const [name, file] of Object.entries(executables)) {
    const script = new URL(`../../../../plugins/${file}`, import.meta.url)
    targets.push(await startTarget(t, place, name, script, ['--max-body', String(maxBodyBytes / 1024 / 1024)]))
  }
  return targets
}
