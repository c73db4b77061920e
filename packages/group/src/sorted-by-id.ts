import type { InstanceDescription } from '@infrakit/spi'

/** The descriptions by ID; the same list when it is sorted already, as most plugins list them. */
export function sortedById(listed: readonly InstanceDescription[]): readonly InstanceDescription[] {
  const isSorted = listed.every(({ ID }, at) => at === 0 || (listed[at - 1]?.ID ?? '') <= ID)
  return isSorted ? listed : [...listed].sort((a, b) => (a.ID < b.ID ? -1 : 1))
}
