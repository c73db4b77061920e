import { fileURLToPath } from 'node:url'
import { setTimeout as sleep } from 'node:timers/promises'
import { runScript, type Teardown } from '@infrakit/testing'
import { loadedBy } from '../../dependency-direction/loaded.js'
import { readWorkspaces } from '../../dependency-direction/workspace.js'
import { createWorld, pluginNames, type PluginName } from '../../faults/world.js'
import { pssOf } from '../pss.js'
import type { Row, Sides } from '../row.js'
import { median } from '../statistics.js'

const root = fileURLToPath(new URL('../../../..', import.meta.url))
const settleMs = 2000

/** What of others, Node included, a plugin has loaded before it begins. */
function librariesOf(plugin: PluginName): string[] {
  const loaded = loadedBy(`plugins/${plugin}/src/main.ts`, readWorkspaces(root))
  return [...loaded].filter((name) => !name.includes('/') && !name.startsWith('@infrakit'))
}

async function open(t: Teardown, plugin: PluginName): Promise<Sides> {
  const libraries = librariesOf(plugin)
  const world = await createWorld(t)

  async function ours(): Promise<number> {
    const { pid, end } = await world.start(plugin)
    await sleep(settleMs)
    const used = pssOf(pid)
    await end('SIGKILL')
    return used
  }

  async function floor(): Promise<number> {
    const idle = runScript(t, new URL('../floor/idle.js', import.meta.url), libraries)
    await idle.says('idle')
    await sleep(settleMs)
    const used = pssOf(idle.pid)
    await idle.kill()
    return used
  }

  return { ours, floor }
}

export const memory: readonly Row[] = pluginNames.map((plugin) => ({
  name: `memory-${plugin}`,
  title: `memory of an idle plugin, ${plugin}`,
  floorIs: 'a process that imports the same libraries and idles',
  unit: 'MB',
  compare: 'difference',
  figures: [{ of: '', from: median, limit: 12, bound: 'at most' }],
  rounds: { full: 5, quick: 1 },
  warmUp: 0,
  open: (t) => open(t, plugin),
}))
