import { kindOf, type Group, type GroupDescription } from '@infrakit/spi'

/** How a group is; `undefined` when there is none, which somebody may have destroyed by hand. */
export async function descriptionOf(
  group: Pick<Group, 'describeGroup'>,
  ID: string,
): Promise<GroupDescription | undefined> {
  try {
    return (await group.describeGroup({ ID })).Description
  } catch (error) {
    if (kindOf(error) === 'not-found') return undefined
    throw error
  }
}
