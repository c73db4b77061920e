import { tag } from '@infrakit/spi'
import type { Entry } from './entry.js'

/** Which instances carry a provision key. */
export interface KeyIndex {
  /** Takes note of an instance as it is now; `before` is how it was. */
  changed(before: Entry | undefined, entry: Entry | undefined): void
  /** IDs of those that carry the key. */
  find(key: string): Iterable<string>
}

export function keyOf(entry: Entry | undefined): string | undefined {
  return entry?.file?.Tags?.[tag.provision]
}

export function createKeyIndex(): KeyIndex {
  const ids = new Map<string, Set<string>>()

  function remove(key: string, id: string): void {
    const carriers = ids.get(key)
    carriers?.delete(id)
    if (carriers?.size === 0) ids.delete(key)
  }

  return {
    changed(before, entry) {
      const [old, key] = [keyOf(before), keyOf(entry)]
      if (old === key) return
      if (before && old !== undefined) remove(old, before.id)
      if (entry && key !== undefined) ids.set(key, (ids.get(key) ?? new Set()).add(entry.id))
    },
    find: (key) => ids.get(key) ?? [],
  }
}
