/**
 * JSON as it is written, not as it is understood: numbers keep their spelling, a key may stand twice or be `__proto__`,
 * and what is no JSON at all has a place too.
 */
export type Tree =
  | { readonly raw: string }
  | { readonly list: readonly Tree[] }
  | { readonly members: readonly Member[] }
  | { readonly nested: number; readonly as: 'lists' | 'objects' }

/** A key with the text that spells it, quotes and all. */
export interface Member {
  readonly key: string
  readonly spelled: string
  readonly value: Tree
}

export const raw = (text: string): Tree => ({ raw: text })
export const text = (value: string): Tree => raw(JSON.stringify(value))
export const member = (key: string, value: Tree, spelled = JSON.stringify(key)): Member => ({ key, spelled, value })
export const object = (members: readonly Member[]): Tree => ({ members })
export const list = (values: readonly Tree[]): Tree => ({ list: values })

export function write(tree: Tree): string {
  if ('raw' in tree) return tree.raw
  if ('list' in tree) return `[${tree.list.map(write).join(',')}]`
  if ('members' in tree) return `{${tree.members.map(({ spelled, value }) => `${spelled}:${write(value)}`).join(',')}}`
  const [open, close] = tree.as === 'lists' ? ['[', ']'] : ['{"a":', '}']
  return `${open.repeat(tree.nested)}1${close.repeat(tree.nested)}`
}

/** What a key of an object stands for: of a repeated one the last value counts. */
export function valueOf(tree: Tree, key: string): Tree | undefined {
  return 'members' in tree ? tree.members.findLast((one) => one.key === key)?.value : undefined
}

/** Levels of lists and objects. */
export function depthOf(tree: Tree): number {
  if ('raw' in tree) return 0
  if ('nested' in tree) return tree.nested
  const below = 'list' in tree ? tree.list.map(depthOf) : tree.members.map(({ value }) => depthOf(value))
  return 1 + below.reduce((deepest, depth) => Math.max(deepest, depth), 0)
}

/** Any value as a tree. */
export function treeOf(value: unknown): Tree {
  if (Array.isArray(value)) return list(value.map(treeOf))
  if (typeof value !== 'object' || value === null) return raw(JSON.stringify(value) ?? 'null')
  return object(Object.entries(value).map(([key, inner]) => member(key, treeOf(inner))))
}
