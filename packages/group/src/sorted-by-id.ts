/** The list by ID; the same one when it is sorted already, as most plugins list their instances. */
export function sortedById<T extends { readonly ID: string }>(listed: readonly T[]): readonly T[] {
  const isSorted = listed.every(({ ID }, at) => at === 0 || (listed[at - 1]?.ID ?? '') <= ID)
  return isSorted ? listed : [...listed].sort((a, b) => (a.ID < b.ID ? -1 : 1))
}
