import { InfrakitError } from '@infrakit/spi'

/** Go's encoding/json escapes these in strings (HTML escaping is on by default), and all control characters. */
const named: Record<string, string> = { '"': '\\"', '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/** U+FFFD for what is no character, as Go's decoder and encoder have it. */
const loneSurrogate = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g

function validText(text: string): string {
  return text.replace(loneSurrogate, '\uFFFD')
}

function quote(text: string): string {
  // eslint-disable-next-line no-control-regex
  const escaped = text.replace(/["\\<>&\u2028\u2029\u0000-\u001F]/g, (c) => {
    return named[c] ?? `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
  return `"${escaped}"`
}

/** Order of the UTF-8 bytes, which is the order of the code points, not that of JavaScript's UTF-16 units. */
function compareCodePoints(a: string, b: string): number {
  const [left, right] = [[...a], [...b]]
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const difference = (left[i]?.codePointAt(0) ?? 0) - (right[i]?.codePointAt(0) ?? 0)
    if (difference !== 0) return difference
  }
  return left.length - right.length
}

/** Go decodes numbers to float64 and writes them as ES6 does, but keeps the sign of zero. */
function number(value: number): string {
  if (!Number.isFinite(value)) throw new InfrakitError('input', `number out of range: ${value}`)
  return Object.is(value, -0) ? '-0' : String(value)
}

function entries(value: object): [string, unknown][] {
  const byKey = new Map(Object.entries(value).map(([key, member]) => [validText(key), member]))
  return [...byKey].sort(([a], [b]) => compareCodePoints(a, b))
}

/** A number too long for JavaScript, as lossless parsers hand it on: an object that knows its value. */
function asNumber(value: object): number | undefined {
  const digits = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/
  if (Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype) return undefined
  return digits.test(String(value)) ? Number(String(value)) : undefined
}

/**
 * Writes a value exactly as Go's `json.MarshalIndent(v, prefix, indent)` writes what `json.Unmarshal` made of it: keys
 * in byte order, HTML characters escaped, numbers as float64. Throws `input` for numbers that a float64 cannot hold.
 */
export function marshalIndent(value: unknown, prefix: string, indent: string, depth = 0): string {
  if (value === null || value === undefined) return 'null'
  if (typeof value === 'string') return quote(validText(value))
  if (typeof value === 'number') return number(value)
  if (typeof value === 'bigint') return number(Number(value))
  if (typeof value !== 'object') return String(value)
  const big = asNumber(value)
  if (big !== undefined) return number(big)
  const inner = `\n${prefix}${indent.repeat(depth + 1)}`
  const members = Array.isArray(value)
    ? value.map((member) => marshalIndent(member, prefix, indent, depth + 1))
    : entries(value).map(([key, member]) => `${quote(key)}: ${marshalIndent(member, prefix, indent, depth + 1)}`)
  const [open, close] = Array.isArray(value) ? '[]' : '{}'
  if (members.length === 0) return `${open}${close}`
  return `${open}${members.map((member) => inner + member).join(',')}\n${prefix}${indent.repeat(depth)}${close}`
}
