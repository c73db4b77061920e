import { setTimeout as sleep } from 'node:timers/promises'
import type { Teardown } from '@infrakit/testing'
import t from 'tap'
import { pluginNames, type PluginName } from '../faults/world.js'
import { createLoad } from './memory/load.js'
import { startProbedPlugins, type Memory } from './memory/plugins.js'
import { figure, soaked } from './soak.js'

const minute = 60_000

interface Load {
  /** Rounds at least, and how long at least (ms). */
  readonly warmUp: { readonly rounds: number; readonly ms: number }
  readonly load: { readonly rounds: number; readonly ms: number }
  /** A round costs about 16 ms of a processor, ours included: with 60 ms the load is about a fifth of one. */
  readonly pauseMs: number
}

const short: Load = { warmUp: { rounds: 60, ms: 0 }, load: { rounds: 120, ms: 0 }, pauseMs: 0 }
const long: Load = { warmUp: { rounds: 60, ms: 5 * minute }, load: { rounds: 120, ms: 60 * minute }, pauseMs: 60 }
/** Heap that may have come: in a short run a tenth of what the control leaks. */
const allowedHeapMB = 2
const allowedOwnMB = 2
/** Bytes that each plugin of the control keeps of every request: the least asked one gets two in a round. */
const leak = 100_000

async function grownUnder(
  { warmUp, load, pauseMs }: Load,
  t: Teardown,
  leaked = 0,
): Promise<Record<PluginName, Memory>> {
  const { world, memory } = await startProbedPlugins(t, leaked)
  const once = createLoad(world)
  const run = async ({ rounds, ms }: Load['load']) => {
    const end = performance.now() + ms
    for (let round = 0; round < rounds || performance.now() < end; round++) {
      await once()
      if (pauseMs > 0) await sleep(pauseMs)
    }
  }
  await run(warmUp)
  const before = await memory()
  await run(load)
  const after = await memory()
  const grown = pluginNames.map((name) => {
    const [from, to] = [before[name], after[name]]
    return [name, { heap: to.heap - from.heap, own: to.own - from.own }] as const
  })
  return Object.fromEntries(grown) as Record<PluginName, Memory>
}

t.test('no plugin holds more after calls, losses and updates than before them', async (t) => {
  const grown = await grownUnder(soaked(short, long), t)
  for (const name of pluginNames) {
    const { heap, own } = grown[name]
    t.ok(heap <= allowedHeapMB, `${name}: ${heap.toFixed(2)} MB of heap more`)
    // In a short run memory is still taken from the system, to be used again and again later.
    if (soaked(false, true)) t.ok(own <= allowedOwnMB, `${name}: ${own.toFixed(2)} MB of memory more`)
    figure(`memory of its own that ${name} grew by in an hour of load`, `${own.toFixed(2)} MB`)
    figure(`heap that ${name} grew by in an hour of load`, `${heap.toFixed(2)} MB`)
  }
})

t.test('control: plugins that keep something of every request are told from those that do not', async (t) => {
  const grown = await grownUnder(short, t, leak)
  for (const name of pluginNames)
    t.ok(grown[name].heap > 4 * allowedHeapMB, `${name}: ${grown[name].heap.toFixed(2)} MB more`)
})
