import { setTimeout as sleep } from 'node:timers/promises'
import type { Teardown } from '@infrakit/testing'
import { createWorld, pluginNames, type PluginName } from '../../faults/world.js'
import { librariesOf, memoryOf, settleMs } from '../libraries.js'
import { pssOf } from '../pss.js'
import type { Row, Sides } from '../row.js'
import { median } from '../statistics.js'

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

  return { ours, floor: () => memoryOf(t, libraries) }
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
