import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { skipFor, temporaryPlugin, type TemporaryPlugin, type Teardown } from '@infrakit/testing'
import { endProcessesIn, processesIn } from '../environment/processes-in.js'

/** Proxy plugins, what they need, and how they are started. */
const proxies = {
  'proxy-embedded': { needs: [], args: ['--workers', '2'] },
  'proxy-haproxy': { needs: ['haproxy'], args: [] },
  'proxy-nginx': { needs: ['nginx'], args: [] },
} as const
export type ProxyName = keyof typeof proxies

const mainOf = (name: ProxyName) => fileURLToPath(new URL(`../../../plugins/${name}/dist/src/main.js`, import.meta.url))

/** As tap's option. */
export function skipWithout(name: ProxyName): string | false {
  return skipFor(proxies[name].needs) || (existsSync(mainOf(name)) ? false : `there is no ${name}`)
}

/** A proxy plugin in a home of its own, with nothing to serve. It ends with the test, and so does whatever it has started. */
export async function startProxy(
  t: Teardown,
  name: ProxyName,
  args: readonly string[] = proxies[name].args,
): Promise<TemporaryPlugin> {
  const homes: string[] = []
  // Registered before the plugin is: that has ended when this is done, and starts nothing any more.
  t.teardown(() => Promise.all(homes.map(endProcessesIn)))
  const plugin = await temporaryPlugin(t, mainOf(name), { args })
  homes.push(plugin.home)
  return plugin
}

/** What serves the requests of a plugin's routes. */
export interface ProxyProcesses {
  /** Those that started others and watch over them; the embedded proxy has none but the plugin. */
  readonly masters: readonly number[]
  readonly workers: readonly number[]
}

/** They are children of the plugin or run in its folders. */
export function processesOf(plugin: TemporaryPlugin): ProxyProcesses {
  const main = Number(readFileSync(join(plugin.home, 'plugins', 'plugin.pid'), 'utf8'))
  const found = new Set([...childrenOf(main), ...processesIn(plugin.home)].filter(lives))
  for (const pid of found) for (const child of childrenOf(pid)) if (lives(child)) found.add(child)
  found.delete(main)
  const isMaster = (pid: number) => childrenOf(pid).some((child) => found.has(child))
  const all = [...found]
  return { masters: all.filter(isMaster), workers: all.filter((pid) => !isMaster(pid)) }
}

function childrenOf(pid: number): number[] {
  return read(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number)
}

/** A zombie does not. */
export function lives(pid: number): boolean {
  return /\) [^ZX] /.test(read(`/proc/${pid}/stat`))
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
