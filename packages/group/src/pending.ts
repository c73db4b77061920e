import { tag, type InstanceDescription } from '@infrakit/spi'
import type { PendingProvision } from './state.js'

/**
 * The keys of provisions that were begun and not yet seen. A key whose call may or may not have been carried out is
 * used again for the same purpose: plugins then answer with the instance that the first call made.
 */
export class PendingProvisions {
  readonly #keys = new Map<string, PendingProvision>()
  readonly #inUse = new Set<string>()

  constructor(
    stored: readonly PendingProvision[],
    private readonly newKey: () => string,
  ) {
    for (const pending of stored) this.#keys.set(pending.Key, pending)
  }

  get all(): readonly PendingProvision[] {
    return [...this.#keys.values()]
  }

  /** One key for each provision, in order: an unanswered one of the same purpose, or a new one. */
  reserve(provisions: readonly { readonly logicalID?: string }[], hash: string): string[] {
    const unanswered = [...this.#keys.values()].filter((p) => p.ConfigHash === hash && !this.#inUse.has(p.Key))
    return provisions.map(({ logicalID }) => {
      const at = unanswered.findIndex((pending) => pending.LogicalID === logicalID)
      const [again] = at < 0 ? [] : unanswered.splice(at, 1)
      const key = again?.Key ?? this.newKey()
      this.#keys.set(key, { Key: key, ConfigHash: hash, ...(logicalID === undefined ? {} : { LogicalID: logicalID }) })
      this.#inUse.add(key)
      return key
    })
  }

  /** Drops the keys of instances that are there. */
  found(descriptions: readonly InstanceDescription[]): void {
    if (this.#keys.size === 0) return
    for (const description of descriptions) {
      const key = description.Tags?.[tag.provision]
      if (key !== undefined) this.release(key)
    }
  }

  /** The call's outcome is not known: the key may be used again. */
  unanswered(key: string): void {
    this.#inUse.delete(key)
  }

  /** The key has served, or its provision certainly did not happen. */
  release(key: string): void {
    this.#keys.delete(key)
    this.#inUse.delete(key)
  }

  clear(): void {
    this.#keys.clear()
    this.#inUse.clear()
  }
}
