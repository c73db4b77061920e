import { watch } from 'node:fs'
import type { Teardown } from '@infrakit/testing'
import { isInstanceFile, readInstance, type World } from './world.js'

/** All that ever was in the folder of instances, while it was watched. */
export interface Chronicle {
  /** All instances that ever were, also such as were gone before anybody could look at them. */
  readonly ids: ReadonlySet<string>
  /** IDs of the instances that had the key, by key. */
  readonly byKey: ReadonlyMap<string, ReadonlySet<string>>
  /** The most that were there at once. */
  readonly peak: number
  /** Takes note of what is there at this moment. */
  look(): void | Promise<void>
}

export function keepChronicle(t: Teardown, { instancesDir, instances }: World): Chronicle {
  const ids = new Set<string>()
  const byKey = new Map<string, Set<string>>()
  const chronicle = { ids, byKey, peak: 0, look }

  function note(found: { id: string; key: string | undefined } | undefined): void {
    if (found?.key) byKey.set(found.key, (byKey.get(found.key) ?? new Set()).add(found.id))
  }

  function look(): void {
    const all = instances()
    for (const one of all) ids.add(one.id)
    all.forEach(note)
    chronicle.peak = Math.max(chronicle.peak, all.length)
  }

  const watcher = watch(instancesDir, (_, name) => {
    if (!name || !isInstanceFile(name)) return
    ids.add(name)
    note(readInstance(instancesDir, name))
    look()
  })
  t.teardown(() => watcher.close())
  return chronicle
}
