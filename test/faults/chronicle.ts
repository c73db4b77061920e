import { watch } from 'node:fs'
import type { Teardown } from '@infrakit/testing'
import { readInstance, type World } from './world.js'

/** All that ever was in the folder of instances, while it was watched. */
export interface Chronicle {
  /** IDs of the instances that had the key, by key. */
  readonly byKey: ReadonlyMap<string, ReadonlySet<string>>
  /** The most that were there at once. */
  readonly peak: number
}

export function keepChronicle(t: Teardown, { instancesDir, instances }: World): Chronicle {
  const byKey = new Map<string, Set<string>>()
  const chronicle = { byKey, peak: 0 }
  const watcher = watch(instancesDir, (_, name) => {
    if (!name || !/^instance-\d+$/.test(name)) return
    const found = readInstance(instancesDir, name)
    if (found?.key) byKey.set(found.key, (byKey.get(found.key) ?? new Set()).add(found.id))
    chronicle.peak = Math.max(chronicle.peak, instances().length)
  })
  t.teardown(() => watcher.close())
  return chronicle
}
