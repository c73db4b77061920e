import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { waitUntil, type StartedProcess, type Teardown } from '@infrakit/testing'
import { ownMemoryOf } from '../../bench/pss.js'
import { createWorld, pluginNames, type UsualName, type World } from '../../faults/world.js'

const megabyte = 1024 * 1024

/** Memory in MB, garbage collected before. */
export interface Memory {
  readonly heap: number
  /** All that it has of the system, but for pages of files. */
  readonly own: number
}

export interface ProbedPlugins {
  readonly world: World
  /** Of each plugin. @param idleMs how long they are left alone after garbage was collected: V8 gives back by and by what that freed */
  memory(idleMs: number): Promise<Record<UsualName, Memory>>
}

/** The three plugins, each of which tells what it holds. @param leak bytes that each keeps of every request */
export async function startProbedPlugins(t: Teardown, leak = 0): Promise<ProbedPlugins> {
  const world = await createWorld(t)
  const probe = new URL('probe.js', import.meta.url)
  const fileOf = (name: UsualName) => join(world.home, `probe-${name}`)
  const started = new Map<UsualName, StartedProcess>()
  for (const name of pluginNames) {
    const env = {
      NODE_OPTIONS: `--import=${probe.href}`,
      INFRAKIT_PROBE: fileOf(name),
      INFRAKIT_PROBE_LEAK: String(leak),
    }
    started.set(name, await world.start(name, { args: ['--log', '3'], env }))
  }

  async function memoryOf(name: UsualName, idleMs: number): Promise<Memory> {
    const { child, pid } = started.get(name) as StartedProcess
    await rm(fileOf(name), { force: true })
    child.kill('SIGUSR2')
    const heap = await waitUntil(`${name} to tell what it holds`, () => readFile(fileOf(name), 'utf8'), 40_000)
    await sleep(idleMs)
    return { heap: Number(heap) / megabyte, own: ownMemoryOf(pid) }
  }

  async function memory(idleMs: number) {
    const all = await Promise.all(pluginNames.map(async (name) => [name, await memoryOf(name, idleMs)] as const))
    return Object.fromEntries(all) as Record<UsualName, Memory>
  }

  return { world, memory }
}
