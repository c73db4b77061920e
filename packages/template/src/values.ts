/** Whether a value counts as true: not nothing, zero, or empty. */
export function isTruthy(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0
  return Boolean(value)
}

/** What `.name` stands for below a value; `undefined` when there is none. */
export function fieldOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
  return (value as Record<string, unknown>)[name]
}

/** The text of a value; `undefined` when it has none. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined
}

/** Index or key with each element, keys in order; `undefined` for what has no elements. */
export function entriesOf(value: unknown): [number | string, unknown][] | undefined {
  if (value === undefined || value === null) return []
  if (Array.isArray(value)) return value.map((one, index) => [index, one])
  if (typeof value === 'number' && Number.isInteger(value)) return Array.from({ length: value }, (_, at) => [at, at])
  if (typeof value !== 'object') return undefined
  return Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
}
