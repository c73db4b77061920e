import { startEchoPlugins, type EchoPlugins } from '../floor/echo-plugins.js'
import { fileGroup, startGroupWorld, type GroupWorld } from '../group-world.js'
import type { Row } from '../row.js'
import { median } from '../statistics.js'
import { stopwatch } from '../stopwatch.js'

/** From the commit until all files are there and the group says that it has converged. */
async function oursConverges(world: GroupWorld, ID: string, size: number): Promise<number> {
  const converged = world.nextConverged(ID)
  const elapsed = stopwatch()
  await world.commit(fileGroup(ID, size))
  await converged
  const { Description } = await world.group.describeGroup({ ID })
  const took = elapsed()
  if (!Description.Converged || world.count() !== size) throw new Error(`group '${ID}' did not converge`)
  await world.clear(ID)
  return took
}

/** What any group has to do: write down what is wanted, list, note the keys, make each, list, note the end, describe. */
async function floorConverges(echo: EchoPlugins, size: number): Promise<number> {
  const elapsed = stopwatch()
  await echo.save(500)
  await echo.list()
  await echo.save(500 + 100 * size)
  await echo.times(size, () => echo.make())
  await echo.list()
  await echo.save(500)
  const all = await echo.list()
  const took = elapsed()
  if (all.length !== size) throw new Error(`${all.length} instances instead of ${size}`)
  echo.clear()
  return took
}

export const converge: Row = {
  name: 'converge-1000',
  title: 'converge 1000 instances',
  floorIs:
    'Prepare, Provision and Healthy of each to echo plugins, 24 at a time, three listings, the same durable writes',
  unit: 'ms',
  compare: 'ratio',
  figures: [{ of: '', from: median, limit: 1.5, bound: 'at most', aim: 600 }],
  rounds: { full: 11, quick: 3 },
  warmUp: 1,
  async open(t) {
    const [world, echo] = [await startGroupWorld(t), await startEchoPlugins(t)]
    let round = 0
    return { ours: () => oursConverges(world, `web-${++round}`, 1000), floor: () => floorConverges(echo, 1000) }
  },
}

export const convergeMany: Row = {
  name: 'converge-10000',
  title: 'converge 10,000 instances',
  floorIs: 'ours with 1000 instances',
  unit: 'ms',
  compare: 'ratio',
  figures: [{ of: '', from: median, limit: 12, bound: 'at most' }],
  rounds: { full: 3, quick: 1 },
  warmUp: 0,
  async open(t) {
    const world = await startGroupWorld(t)
    let round = 0
    await oursConverges(world, 'warm-up', 1000)
    const converges = (size: number) => oursConverges(world, `web-${++round}`, size)
    return { ours: () => converges(10_000), floor: () => converges(1000) }
  },
}
