import { readdirSync, rmSync, watch } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Teardown } from '@infrakit/testing'
import { startEchoPlugins } from '../floor/echo-plugins.js'
import { fileGroup, isInstance, startGroupWorld } from '../group-world.js'
import type { Row, Sides } from '../row.js'
import { percentile } from '../statistics.js'
import { stopwatch } from '../stopwatch.js'

const size = 5

interface Folder {
  /** Deletes an instance and answers how long it took until there was another one, seen by the folder's events. */
  lose(): Promise<number>
}

/** @param removed called when an instance was seen to be gone */
function watchFolder(t: Teardown, dir: string, removed: () => void = () => undefined): Folder {
  const known = new Set(readdirSync(dir).filter(isInstance))
  let lost: string | undefined
  let replaced = () => undefined as void
  const watcher = watch(dir, (_, name) => {
    if (name === null || !isInstance(name)) return
    if (name === lost) {
      lost = undefined
      removed()
    } else if (!known.has(name)) {
      known.add(name)
      replaced()
    }
  })
  t.teardown(() => watcher.close())

  async function lose(): Promise<number> {
    // What happened before is over, and nothing happens in step with a timer.
    await sleep(200 + Math.random() * 200)
    lost = readdirSync(dir).find(isInstance) ?? ''
    const back = new Promise<void>((resolve) => (replaced = resolve))
    const elapsed = stopwatch()
    rmSync(join(dir, lost))
    await back
    return elapsed()
  }

  return { lose }
}

async function open(t: Teardown): Promise<Sides> {
  const world = await startGroupWorld(t)
  const converged = world.nextConverged('web')
  await world.commit(fileGroup('web', size))
  await converged
  const ours = watchFolder(t, world.instancesDir)

  const echo = await startEchoPlugins(t)
  await echo.times(size, () => echo.make())
  let healing: Promise<unknown> = Promise.resolve()
  const floor = watchFolder(t, echo.instancesDir, () => {
    healing = echo.list().then(() => echo.prepareAndProvision())
  })
  async function floorLoses(): Promise<number> {
    const took = await floor.lose()
    await healing
    return took
  }
  return { ours: () => ours.lose(), floor: floorLoses }
}

/**
 * Nothing but the event makes the group look meanwhile: it looks by itself every 60 s only, and a look finds nothing
 * sooner than the event has told it.
 */
export const heal: Row = {
  name: 'heal',
  title: 'heal a lost file instance',
  floorIs: 'the event of the folder, one listing, Prepare and Provision to echo plugins, one durable file',
  unit: 'ms',
  compare: 'ratio',
  figures: [
    { of: 'p50', from: (samples) => percentile(samples, 0.5), limit: 3, bound: 'at most', aim: 20 },
    { of: 'p99', from: (samples) => percentile(samples, 0.99), limit: 10, bound: 'at most' },
  ],
  rounds: { full: 300, quick: 20 },
  warmUp: 5,
  open,
}
