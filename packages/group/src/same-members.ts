import type { InstanceDescription } from '@infrakit/spi'

/** Whether two listings show the same instances in the same states. */
export function sameMembers(
  listed: readonly InstanceDescription[],
  known: readonly InstanceDescription[] | undefined,
): boolean {
  if (listed === known) return true
  if (listed.length !== known?.length) return false
  const states = new Map(known.map(({ ID, State }) => [ID, State]))
  return listed.every(({ ID, State }) => states.has(ID) && states.get(ID) === State)
}
