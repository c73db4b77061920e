import type { Metadata, Opaque } from '@infrakit/spi'

/** Serves a tree of plain values as `Metadata`: made anew for each call, so that it is never out of date. */
export function metadataOf(tree: () => Promise<object>): Metadata {
  async function at(path: string): Promise<Opaque> {
    let value: unknown = await tree()
    for (const part of path.split('/')) {
      if (part === '' || part === '.') continue
      const isBranch = typeof value === 'object' && value !== null
      value = isBranch && Object.hasOwn(value as object, part) ? (value as Record<string, unknown>)[part] : null
    }
    return value
  }
  return {
    async list({ Path }) {
      const value = await at(Path)
      return { Nodes: typeof value === 'object' && value !== null ? Object.keys(value).sort() : [] }
    },
    async get({ Path }) {
      return { Value: (await at(Path)) ?? null }
    },
  }
}
