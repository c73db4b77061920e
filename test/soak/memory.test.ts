import { setTimeout as sleep } from 'node:timers/promises'
import type { Teardown } from '@infrakit/testing'
import t from 'tap'
import { pluginNames, type UsualName } from '../faults/world.js'
import { createLoad } from './memory/load.js'
import { startProbedPlugins, type Memory } from './memory/plugins.js'
import { figure, soaked } from './soak.js'

const minute = 60_000

interface Span {
  /** Rounds at least, and how long at least (ms). */
  readonly rounds: number
  readonly ms: number
}

interface Load {
  readonly warmUp: Span
  /** What is measured after each. */
  readonly spans: readonly Span[]
  /** A round costs about 16 ms of a processor, ours included: with 60 ms the load is about a fifth of one. */
  readonly pauseMs: number
  /** Between the collection of garbage and the measurement nothing happens for so long. */
  readonly idleMs: number
}

const short: Load = { warmUp: { rounds: 60, ms: 0 }, spans: [{ rounds: 120, ms: 0 }], pauseMs: 0, idleMs: 0 }
const long: Load = {
  warmUp: { rounds: 60, ms: 10 * minute },
  spans: Array.from({ length: 6 }, () => ({ rounds: 20, ms: 10 * minute })),
  pauseMs: 60,
  idleMs: 30_000,
}
/** Heap that may have come: in a short run a tenth of what the control leaks. */
const allowedHeapMB = 2
const allowedOwnMB = 2
/** Bytes that each plugin of the control keeps of every request: the least asked one gets two in a round. */
const leak = 100_000

/** What each plugin holds more after each span of the load than after the warm-up. */
async function grownUnder(
  { warmUp, spans, pauseMs, idleMs }: Load,
  t: Teardown,
  leaked = 0,
): Promise<(name: UsualName) => readonly Memory[]> {
  const { world, memory } = await startProbedPlugins(t, leaked)
  const once = createLoad(world)
  const run = async ({ rounds, ms }: Span) => {
    const end = performance.now() + ms
    for (let round = 0; round < rounds || performance.now() < end; round++) {
      await once()
      if (pauseMs > 0) await sleep(pauseMs)
    }
  }
  await run(warmUp)
  const before = await memory(idleMs)
  const after: Record<UsualName, Memory>[] = []
  for (const span of spans) {
    await run(span)
    after.push(await memory(idleMs))
  }
  return (name) => {
    const { heap, own } = before[name]
    return after.map((to) => ({ heap: to[name].heap - heap, own: to[name].own - own }))
  }
}

function lastOf(sizes: readonly Memory[]): Memory {
  const last = sizes.at(-1)
  if (!last) throw new Error('nothing was measured')
  return last
}

const inMB = (sizes: readonly number[]) => sizes.map((size) => size.toFixed(2)).join(', ')

t.test('no plugin holds more after calls, losses and updates than before them', async (t) => {
  const grown = await grownUnder(soaked(short, long), t)
  for (const name of pluginNames) {
    const { heap, own } = lastOf(grown(name))
    t.ok(heap <= allowedHeapMB, `${name}: ${heap.toFixed(2)} MB of heap more`)
    // In a short run memory is still taken from the system, to be used again and again later.
    if (soaked(false, true)) t.ok(own <= allowedOwnMB, `${name}: ${own.toFixed(2)} MB of memory more`)
    const [owns, heaps] = [grown(name).map((one) => one.own), grown(name).map((one) => one.heap)]
    figure(`memory of its own that ${name} grew by in an hour of load, every ten minutes (MB)`, inMB(owns))
    figure(`heap that ${name} grew by in an hour of load, every ten minutes (MB)`, inMB(heaps))
  }
})

t.test('control: plugins that keep something of every request are told from those that do not', async (t) => {
  const grown = await grownUnder(short, t, leak)
  for (const name of pluginNames) {
    const { heap } = lastOf(grown(name))
    t.ok(heap > 4 * allowedHeapMB, `${name}: ${heap.toFixed(2)} MB more`)
  }
})
