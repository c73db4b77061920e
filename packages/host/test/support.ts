import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createClient, type PluginClient } from '@infrakit/rpc/client'
import { startProcess, temporaryFolder, waitUntil, type StartedProcess } from '@infrakit/testing'

type Test = Parameters<typeof temporaryFolder>[0]

export interface Ran extends StartedProcess {
  readonly home: string
  readonly plugins: string
  /** Its log lines so far. */
  lines(): Record<string, unknown>[]
  /** Waits for the first line with this message, and with `more` when that is given. */
  line(msg: string, more?: (line: Record<string, unknown>) => boolean): Promise<Record<string, unknown>>
}

/** Runs a main of `fixtures` as its users do, in a home of its own unless one is given. */
export async function runMain(t: Test, args: string[] = [], more: { main?: string; home?: string } = {}): Promise<Ran> {
  const home = more.home ?? (await temporaryFolder(t))
  const script = fileURLToPath(new URL(`fixtures/${more.main ?? 'main'}.js`, import.meta.url))
  const child = startProcess(t, script, args, { INFRAKIT_HOME: home, INFRAKIT_PLUGINS_DIR: '' })
  const lines = () =>
    child
      .output()
      .split('\n')
      .slice(0, -1)
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Record<string, unknown>)
  const line: Ran['line'] = (msg, more = () => true) =>
    waitUntil(`'${msg}' in: ${child.output()}`, () => lines().find((one) => one.msg === msg && more(one)), 20_000)
  return { ...child, home, plugins: join(home, 'plugins'), lines, line }
}

/** A client for a socket, closed when the test is over. */
export function clientFor(t: Test, ...path: string[]): PluginClient {
  const client = createClient({ path: join(...path) })
  t.teardown(() => client.close())
  return client
}
