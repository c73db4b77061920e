import type { PluginConfig } from '@infrakit/spi'
import type { RealWorld } from '../environment/real-world.js'
import { stopwatch } from './stopwatch.js'

export interface RealGroup {
  readonly id: string
  /** How long it takes from asking for so many, where there are none, until the group has told that all are healthy. */
  scale(size: number, then?: 'go' | 'stay'): Promise<number>
}

export interface RealGroupOptions {
  /** `Properties` of the flavor; default none: what runs is healthy. */
  readonly flavor?: object
}

/** A group of nobody as yet, of real instances. Its world has a group plugin. */
export async function startGroup(
  world: RealWorld,
  instance: PluginConfig,
  { flavor = {} }: RealGroupOptions = {},
): Promise<RealGroup> {
  const ID = 'web'
  const listeners = new Set<() => void>()
  await world.hear('group', 'group', ({ Type }) => {
    if (Type === 'converged') listeners.forEach((listener) => listener())
  })
  const nextConverged = () =>
    new Promise<void>((resolve) => {
      const listener = () => {
        listeners.delete(listener)
        resolve()
      }
      listeners.add(listener)
    })
  const group = await world.group()
  const Properties = {
    Allocation: { Size: 0 },
    Instance: instance,
    Flavor: { Plugin: 'flavor-vanilla', Properties: flavor },
  }
  const empty = nextConverged()
  await group.commitGroup({ Spec: { ID, Properties } })
  await empty

  async function scale(size: number, then: 'go' | 'stay' = 'go'): Promise<number> {
    const converged = nextConverged()
    const elapsed = stopwatch()
    await group.setSize({ ID, Size: size })
    await converged
    const took = elapsed()
    const { Description } = await group.describeGroup({ ID })
    const healthy = Object.values(Description.Health ?? {}).filter((one) => one === 'healthy').length
    if (!Description.Converged || healthy !== size) throw new Error(`${healthy} of ${size} are healthy`)
    if (then === 'stay') return took
    // Heard here, or it would be taken for the next one's.
    const emptied = nextConverged()
    await group.setSize({ ID, Size: 0 })
    await emptied
    await world.settled(ID, 0)
    return took
  }

  return { id: ID, scale }
}
