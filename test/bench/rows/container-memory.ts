import { setTimeout as sleep } from 'node:timers/promises'
import { instanceInterface } from '@infrakit/spi'
import type { Teardown } from '@infrakit/testing'
import { createRealWorld } from '../../environment/real-world.js'
import { createBareContainers } from '../floor/bare-containers.js'
import { librariesOf, memoryOf, settleMs } from '../libraries.js'
import { pssOf } from '../pss.js'
import type { Row, Sides } from '../row.js'
import { median } from '../statistics.js'

const size = 100

async function open(t: Teardown): Promise<Sides> {
  const world = await createRealWorld(t)
  await createBareContainers(t, world.namespace).make(size, 8)
  // The client is loaded by a call, and not before: every plugin with an engine has it.
  const libraries = [...librariesOf('instance-docker'), 'dockerode']

  /** Asked as a group asks: every look of it is such a listing. */
  async function ours(): Promise<number> {
    const { pid, end } = await world.start('instance-docker')
    const instance = await world.plugins.get(instanceInterface, 'instance-docker')
    for (let look = 0; look < 20; look++) {
      const { Descriptions } = await instance.describeInstances({ Properties: true })
      if (Descriptions.length !== size) throw new Error(`${Descriptions.length} containers are described`)
    }
    await sleep(settleMs)
    const used = pssOf(pid)
    await end('SIGKILL')
    return used
  }

  return { ours, floor: () => memoryOf(t, libraries) }
}

export const containerMemory: Row = {
  name: 'memory-containers',
  title: 'memory of instance-docker with 100 containers, over its libraries alone',
  floorIs: 'a process that imports the same libraries, dockerode included, and idles',
  needs: ['docker', 'busybox'],
  unit: 'MB',
  compare: 'difference',
  figures: [{ of: '', from: median, limit: 25, bound: 'at most' }],
  rounds: { full: 5, quick: 1 },
  warmUp: 0,
  open,
}
