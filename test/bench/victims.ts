import type { InstanceDescription } from '@infrakit/spi'
import type { RealWorld } from '../environment/real-world.js'

/**
 * Members to be killed, one after the other. None of them was made by the group plugin's process of the moment: one that
 * fails within a minute of being made is taken for a sign that its like will fail too, and replaced only after a while.
 */
export function createVictims(world: RealWorld, group: string, size: number): () => Promise<InstanceDescription> {
  const left: string[] = []
  return async () => {
    if (left.length === 0) {
      await world.settled(group, size)
      await world.restart('group')
      left.push(...(await world.settled(group, size)).Instances.map(({ ID }) => ID))
    }
    const { Instances } = await world.settled(group, size)
    const wanted = left.pop()
    const victim = Instances.find(({ ID }) => ID === wanted)
    if (!victim) throw new Error(`${wanted} is gone already`)
    return victim
  }
}
