import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { waitUntil } from '@infrakit/testing'
import type { Kit } from './kit.js'
import { nothing, type World } from './world.js'

/** Calls that change nothing, whatever is answered. */
const readsOnly = /^(Instance\.DescribeInstances|Group\.(DescribeGroup|InspectGroups|Size)|Metadata\.)/

/** Frees every group and removes every instance. */
export async function clearWorld(kit: Kit): Promise<void> {
  await kit.settled()
  for (const { ID } of await kit.groups()) await kit.call('group', 'Group.FreeGroup', { ID })
  for (const id of await kit.files()) await rm(join(kit.instances, id), { force: true })
  await waitUntil('an empty list of instances', async () => {
    const { Descriptions } = await kit.call('instance-file', 'Instance.DescribeInstances', { Tags: {} })
    return (Descriptions as unknown[]).length === 0
  })
}

/** Brings the world of a kit into the state that an exchange needs; does nothing when it is in it. */
export function worldSwitch(kit: Kit): { enter(world: World | undefined, name: string): Promise<void> } {
  let current: string | undefined = JSON.stringify(nothing)
  return {
    async enter(world, name) {
      if (!world) return
      const wanted = JSON.stringify(world)
      if (wanted !== current) {
        await clearWorld(kit)
        for (const file of world.instances) await kit.putFile(file.ID, file)
        for (const Spec of world.groups) await kit.call('group', 'Group.CommitGroup', { Spec, Pretend: false })
        await kit.settled()
      }
      current = readsOnly.test(name) ? wanted : undefined
    },
  }
}
