import type { Teardown } from '@infrakit/testing'
import { startEchoPlugins, type EchoPlugins } from '../floor/echo-plugins.js'
import { fileGroup, startGroupWorld } from '../group-world.js'
import type { Row, Sides } from '../row.js'
import { median } from '../statistics.js'
import { stopwatch } from '../stopwatch.js'

const size = 100

/** One after the other: out, seen to be gone, its successor noted, made and seen to be well. */
async function floorRolls(echo: EchoPlugins): Promise<number> {
  const elapsed = stopwatch()
  await echo.save(1000)
  for (const old of await echo.list()) {
    await echo.drainAndDestroy(old)
    await echo.list()
    await echo.save(1000)
    await echo.make()
    await echo.list()
  }
  await echo.save(1000)
  await echo.list()
  return elapsed()
}

async function open(t: Teardown): Promise<Sides> {
  const world = await startGroupWorld(t)
  let version = 0

  /** From the commit until the group has told that it converged. */
  async function ours(): Promise<number> {
    const converged = world.nextConverged('web')
    const elapsed = stopwatch()
    await world.commit(fileGroup('web', size, ++version))
    await converged
    const took = elapsed()
    const { Description } = await world.group.describeGroup({ ID: 'web' })
    if (Description.Revision !== version || !Description.Converged)
      throw new Error(`version ${version} did not converge`)
    return took
  }
  await ours()

  const echo = await startEchoPlugins(t)
  await echo.times(size, () => echo.make())
  return { ours, floor: () => floorRolls(echo) }
}

export const roll: Row = {
  name: 'roll',
  title: 'roll 100 instances one at a time',
  floorIs:
    'Drain, Destroy, Prepare, Provision and Healthy of each to echo plugins, two listings, the same durable writes',
  unit: 'ms',
  compare: 'ratio',
  figures: [{ of: '', from: median, limit: 2, bound: 'at most', aim: 1500 }],
  rounds: { full: 11, quick: 3 },
  warmUp: 1,
  open,
}
