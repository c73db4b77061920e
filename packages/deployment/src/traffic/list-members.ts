import { descriptionOf } from '../description-of.js'
import type { Ports } from '../ports.js'
import type { Traffic } from '../records.js'
import type { Members } from './members.js'

/** Asks the group plugin who is in the groups that get requests, or shall get some, and takes it down. */
export async function listMembers(ports: Ports, { GroupPlugin, Shares }: Traffic, members: Members): Promise<void> {
  const { group } = await ports.group(GroupPlugin)
  await Promise.all(
    Shares.map(async ({ Group }) => {
      const began = ports.clock.now()
      const description = await descriptionOf(group, Group)
      const going = (description?.Activities ?? []).filter(({ Action }) => Action !== 'wait')
      const ids = new Set(going.flatMap(({ Instance }) => (Instance ? [Instance] : [])))
      members.listed(Group, description?.Instances ?? [], ids, began)
    }),
  )
}
