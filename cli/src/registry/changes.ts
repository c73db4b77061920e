import type { RegistryEntry } from '@infrakit/spi'

/** A key that was put or deleted since the last look. */
export type KeyChange =
  { readonly What: 'put'; readonly Entry: RegistryEntry } | { readonly What: 'deleted'; readonly Key: string }

/** What is different between two looks at the registry, in order of the keys. */
export function changesBetween(before: readonly RegistryEntry[], after: readonly RegistryEntry[]): KeyChange[] {
  const [old, present] = [new Map(before.map((one) => [one.Key, one.Version])), new Set(after.map(({ Key }) => Key))]
  const put = after.filter(({ Key, Version }) => old.get(Key) !== Version)
  return [
    ...before.filter(({ Key }) => !present.has(Key)).map(({ Key }) => ({ What: 'deleted', Key }) as const),
    ...put.map((Entry) => ({ What: 'put', Entry }) as const),
  ]
}

/** The topic whose events are about all keys with this prefix, and maybe about others. */
export function topicOf(prefix: string): string {
  const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1)
  return `registry/keys/${folder}`.replace(/\/$/, '')
}
