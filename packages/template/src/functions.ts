import { isTruthy, textOf } from './values.js'

/** Gets the values of its arguments; what it throws is said with the line. */
export type TemplateFunction = (...args: readonly unknown[]) => unknown

const nothing = (value: unknown) => value ?? null

function isSame(one: unknown, other: unknown): boolean {
  return nothing(one) === nothing(other)
}

/** Orders two numbers or two texts. */
function compare(one: unknown, other: unknown): number {
  if (typeof one === 'number' && typeof other === 'number') return one - other
  if (typeof one === 'string' && typeof other === 'string') return one < other ? -1 : one === other ? 0 : 1
  throw new Error('only two numbers or two texts have an order')
}

function text(value: unknown, what = 'a text'): string {
  const found = textOf(value)
  if (found === undefined) throw new Error(`expected ${what}`)
  return found
}

function list(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new Error('expected a list')
  return value
}

function encode(value: unknown, indent = '  ', prefix = ''): string {
  return JSON.stringify(nothing(value), null, indent).replaceAll('\n', `\n${prefix}`)
}

function decode(value: unknown): unknown {
  try {
    return JSON.parse(text(value))
  } catch {
    // Not the engine's words: they quote the text.
    throw new Error('expected JSON')
  }
}

function lengthOf(value: unknown): number {
  if (typeof value === 'string') return Buffer.byteLength(value)
  if (Array.isArray(value)) return value.length
  if (typeof value === 'object' && value !== null) return Object.keys(value).length
  throw new Error('expected a text, a list or an object')
}

/** The element at each of the keys in turn. */
function index(value: unknown, ...keys: readonly unknown[]): unknown {
  return keys.reduce((inner, key) => {
    if (typeof inner !== 'object' || inner === null) return undefined
    return Object.hasOwn(inner, String(key)) ? (inner as Record<string, unknown>)[String(key)] : undefined
  }, value)
}

function indexOf(wanted: unknown, values: unknown): number {
  return list(values).findIndex((one) => String(one) === String(wanted))
}

/** `%s`, `%d`, `%v` and `%q`, and `%%`. */
function format(pattern: unknown, ...args: readonly unknown[]): string {
  const rest = [...args]
  const formatted = text(pattern).replaceAll(/%(.)/g, (all, verb: string) => {
    if (verb === '%') return '%'
    if (!'sdvq'.includes(verb) || rest.length === 0) throw new Error(`cannot fill in ${all}`)
    const value = text(rest.shift(), `a text for ${all}`)
    return verb === 'q' ? JSON.stringify(value) : value
  })
  if (rest.length > 0) throw new Error('there are more values than places')
  return formatted
}

/** In single quotes, in which a shell changes nothing. */
function quoteForShell(value: unknown): string {
  return `'${text(value).replaceAll("'", `'\\''`)}'`
}

/**
 * What every template has: Go's own functions, and of those that the original adds what makes up scripts. `and` and `or`
 * stand beside them: they look at no more arguments than they need.
 */
export const commonFunctions: Readonly<Record<string, TemplateFunction>> = {
  not: (value) => !isTruthy(value),
  eq: (first, ...others) => others.some((one) => isSame(first, one)),
  ne: (one, other) => !isSame(one, other),
  lt: (one, other) => compare(one, other) < 0,
  le: (one, other) => compare(one, other) <= 0,
  gt: (one, other) => compare(one, other) > 0,
  ge: (one, other) => compare(one, other) >= 0,
  len: lengthOf,
  index,
  print: (...args) => args.map((one) => text(one)).join(''),
  printf: format,
  add: (...numbers) => numbers.reduce<number>((sum, one) => sum + Number(text(one, 'a number')), 0),
  inc: (number) => Number(text(number, 'a number')) + 1,
  default: (fallback, value) => (isTruthy(value) ? value : fallback),
  join: (separator, values) =>
    list(values)
      .map((one) => text(one))
      .join(text(separator)),
  quote: (value) => JSON.stringify(text(value)),
  squote: quoteForShell,
  upper: (value) => text(value).toUpperCase(),
  lower: (value) => text(value).toLowerCase(),
  trim: (value) => text(value).trim(),
  lines: (value) => text(value).split('\n'),
  to_json: (value) => encode(value),
  jsonEncode: (value) => encode(value),
  to_json_format: (prefix, indent, value) => encode(value, text(indent), text(prefix)),
  jsonEncodeIndent: (prefix, indent, value) => encode(value, text(indent), text(prefix)),
  from_json: decode,
  jsonDecode: decode,
  index_of: indexOf,
  indexOf,
}

export const functionNames: ReadonlySet<string> = new Set(['and', 'or', ...Object.keys(commonFunctions)])
