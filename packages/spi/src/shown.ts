/**
 * A value that a person is told was wrong, for places where only a number, true or false, or one of a few words may
 * stand. Of a list or an object only that it is one: nobody knows what is in it.
 */
export function shown(value: unknown): string {
  if (typeof value === 'object' && value !== null && !isWritten(value)) return named(value)
  const text = isWritten(value) ? String(value) : (JSON.stringify(value) ?? 'nothing')
  return text.length > 60 ? `${text.slice(0, 57)}...` : text
}

/** The same for every other place: what kind of a value it was, and never the value, for it may be a secret. */
export function named(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'string') return 'a text'
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'number' || isWritten(value) ? 'a number' : 'an object'
}

/** Whether it is a number that JavaScript would change: read from JSON, nothing else has a function in it. */
function isWritten(value: unknown): boolean {
  return typeof value === 'object' && typeof (value as { toJSON?: unknown } | null)?.toJSON === 'function'
}
