import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { groupInterface, instanceInterface, flavorInterface } from '@infrakit/spi'
import { rejection, waitUntil } from '@infrakit/testing'
import { fileGroup } from '../../bench/group-world.js'
import type { World } from '../../faults/world.js'

const size = 3
/** Of so many rounds one also heals, and one also rolls. */
const [healEvery, rollEvery] = [10, 40]

/** What users do to plugins: they ask, ask for what is not there, lose instances and commit. Answers one round of it. */
export function createLoad(world: World): () => Promise<void> {
  let round = 0
  let version = 0

  async function roll(): Promise<void> {
    await world.commit(fileGroup('web', size, ++version))
    await world.converged('web', version)
  }

  async function heal(): Promise<void> {
    const [lost] = world.instances('web')
    await rm(join(world.instancesDir, lost?.id ?? ''))
    const isBack = () => {
      const now = world.instances('web')
      return now.length === size && now.every(({ id }) => id !== lost?.id)
    }
    await waitUntil(`${lost?.id} to be replaced`, isBack, 40_000)
    await world.converged('web')
  }

  async function ask(): Promise<void> {
    const group = await world.plugins.get(groupInterface, 'group')
    const instance = await world.plugins.get(instanceInterface, 'instance-file')
    const flavor = await world.plugins.get(flavorInterface, 'flavor-vanilla')
    await group.describeGroup({ ID: 'web' })
    await group.inspectGroups({})
    await instance.validate({ Properties: {} })
    await flavor.validate({ Properties: { Init: ['true'] }, Allocation: { Size: size } })
    const { Descriptions } = await instance.describeInstances({ Properties: true })
    for (const Instance of Descriptions) await flavor.healthy({ Properties: null, Instance })
    const refused = await rejection(group.describeGroup({ ID: `nobody-${round}` }))
    if (refused === undefined) throw new Error('a group was described that is not there')
  }

  return async () => {
    if (round % rollEvery === 0) await roll()
    else if (round % healEvery === 0) await heal()
    await ask()
    round++
  }
}
