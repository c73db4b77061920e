import { isSafeNumber, LosslessNumber, parse, stringify } from 'lossless-json'

/** An object as it came over the wire; nothing of it has been checked. */
export type Row = Readonly<Record<string, unknown>>

/** At a place where JSON has numbers, one that a JavaScript number might not hold. */
const longNumber = /(?:^|[:,[\s])-?(?:\d[\d.eE+-]{15,}|\d[\d.]*[eE][+-]?\d{3})/

/** Reads JSON and keeps every digit of big numbers. Throws SyntaxError. */
export function readJson(text: string): unknown {
  // The built-in parser alone takes `__proto__` for a key like any other.
  if (!longNumber.test(text)) return JSON.parse(text) as unknown
  return parse(text, undefined, {
    parseNumber: (digits) => (isSafeNumber(digits) ? Number(digits) : new LosslessNumber(digits)),
    onDuplicateKey: ({ newValue }) => newValue,
  })
}

/** Writes JSON, big numbers as they came. */
export function writeJson(value: unknown): string {
  return stringify(value) ?? 'null'
}

export function rowOf(value: unknown): Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Row) : {}
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : []
}

/** Whether two values say the same: the order of keys does not count, absent and `null` are the same. */
export function sameJson(one: unknown, other: unknown): boolean {
  return writeJson(sorted(one)) === writeJson(sorted(other))
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null || value instanceof LosslessNumber) return value ?? null
  const entries = Object.entries(value).filter(([, inner]) => inner !== null && inner !== undefined)
  return entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, inner]) => [key, sorted(inner)])
}
