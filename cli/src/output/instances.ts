import { tag, type InstanceDescription, type Tags } from '@infrakit/spi'
import { formatTable, type Column } from './table.js'

const columns: readonly Column[] = [{ title: 'ID', width: 30 }, { title: 'LOGICAL', width: 17 }, { title: 'TAGS' }]

/** `k=v,k=v`, sorted by key. The tag by which a group recognises its own provisions is left out; `-` when none is left. */
export function formatTags(tags: Tags | null | undefined): string {
  const pairs = Object.entries(tags ?? {}).filter(([key]) => key !== tag.provision)
  return (
    pairs
      .map(([key, value]) => `${key}=${value}`)
      .sort()
      .join(',') || '-'
  )
}

/** A table of instances: ID, LOGICAL, TAGS, and STATE or PROPERTIES where there is something to say. */
export function formatInstances(
  instances: readonly InstanceDescription[],
  options: { quiet?: boolean; properties?: (value: unknown) => string } = {},
): string[] {
  const { properties } = options
  const states = instances.some((one) => one.State && one.State !== 'running')
  const shown = [...columns, ...(states ? [{ title: 'STATE' }] : []), ...(properties ? [{ title: 'PROPERTIES' }] : [])]
  const rows = instances.map((one) => [
    one.ID,
    one.LogicalID || '-',
    formatTags(one.Tags),
    ...(states ? [formatState(one)] : []),
    ...(properties ? [properties(one.Properties ?? null)] : []),
  ])
  return formatTable(shown, rows, options)
}

function formatState({ State, StateReason }: InstanceDescription): string {
  return `${State ?? 'running'}${StateReason ? ` (${StateReason})` : ''}`
}
