import { tag, type InstanceSpec } from '@infrakit/spi'
import type { Done } from './faulty.js'
import type { FaultyGroup } from './faulty-world.js'

/** What the plugin of a group has carried out, reckoned up in its order. What was lost without it is not in it. */
export interface Ledger {
  /** The fewest there were from the moment on when there were `first`, and the most there ever were. */
  readonly least: number
  readonly most: number
  /** Keys under which more than one instance was made. */
  readonly doubles: readonly string[]
}

export function ledgerOf({ plugin }: FaultyGroup, first = 0): Ledger {
  const there = new Set<unknown>()
  const byKey = new Map<string, Set<unknown>>()
  let [least, most, begun] = [Infinity, 0, first === 0]
  for (const { method, params, result } of plugin.all()) {
    if (method === 'Instance.Provision') {
      const key = keyOf(params)
      byKey.set(key, (byKey.get(key) ?? new Set()).add(result.ID))
      there.add(result.ID)
    } else if (method === 'Instance.Destroy') {
      there.delete(params.Instance)
    } else continue
    begun ||= there.size >= first
    if (begun) least = Math.min(least, there.size)
    most = Math.max(most, there.size)
  }
  return { least, most, doubles: [...byKey].filter(([, ids]) => ids.size > 1).map(([key]) => key) }
}

function keyOf(params: Done['params']): string {
  return (params.Spec as InstanceSpec).Tags?.[tag.provision] ?? ''
}
