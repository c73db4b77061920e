import type { z } from 'zod'
import { InfrakitError } from '../errors.js'
import { nearest } from '../nearest.js'
import { named, shown } from '../shown.js'

type Issue = z.core.$ZodIssue

function formatPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, key) => (typeof key === 'number' ? `${text}[${key}]` : text === '' ? String(key) : `${text}.${String(key)}`),
    '',
  )
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | null | undefined)?.[key], root)
}

const typeWords: Record<string, string> = {
  int: 'a whole number',
  number: 'a number',
  string: 'a text',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
}

/** Where these are expected, what was given instead may be told: it is a typing error, not a secret. */
const nothingSecret = new Set(['int', 'number', 'boolean'])

/** Keys that an object schema at `path` knows, for suggestions. */
function knownKeys(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let at: unknown = schema
  for (const key of [...path, undefined]) {
    let inner = at as { def?: { innerType?: unknown }; shape?: Record<PropertyKey, unknown>; element?: unknown }
    while (inner?.def?.innerType) inner = inner.def.innerType as typeof inner
    if (key === undefined) return Object.keys(inner?.shape ?? {})
    at = typeof key === 'number' ? inner?.element : inner?.shape?.[key]
  }
  return []
}

function describe(issue: Issue, input: unknown, schema: z.ZodType): { path: string; message: string } {
  const path = formatPath(issue.path)
  const value = valueAt(input, issue.path)
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0] ?? ''
    const near = nearest(key, knownKeys(schema, issue.path))
    const message = `unknown key${near ? `, did you mean '${near}'?` : ''}`
    return { path: formatPath([...issue.path, key]), message }
  }
  const ownWords = !issue.message.startsWith('Invalid')
  if (issue.code === 'invalid_type' && !(ownWords && value !== undefined)) {
    const expected = typeWords[issue.expected] ?? issue.expected
    const got = nothingSecret.has(issue.expected) ? shown(value) : named(value)
    return {
      path,
      message: value === undefined ? `is missing; expected ${expected}` : `expected ${expected}, got ${got}`,
    }
  }
  if (issue.code === 'invalid_value') {
    const near = typeof value === 'string' ? nearest(value, issue.values.map(String)) : undefined
    const expected = issue.values.map((v) => shown(v)).join(' or ')
    return { path, message: `expected ${expected}, got ${shown(value)}${near ? `; did you mean '${near}'?` : ''}` }
  }
  if (issue.code === 'too_small' && issue.origin === 'string') return { path, message: 'must not be empty' }
  if (issue.code === 'too_small' && issue.minimum === 0)
    return { path, message: `must not be negative, got ${shown(value)}` }
  return { path, message: issue.message }
}

/**
 * Reads `value` by `schema`. Throws `input` with every problem on a line of its own, each with the path of the wrong
 * field: `Properties.Allocation.Size: expected a whole number, got "two"`.
 *
 * @param source what the value is, put before each path (`app-blue.json`); @param prefix path of the value in it
 */
export function parseInput<T>(
  schema: z.ZodType<T>,
  value: unknown,
  options: { source?: string; prefix?: string } = {},
): T {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const problems = result.error.issues.map((issue) => {
    const { path, message } = describe(issue, value, schema)
    const full = [options.prefix, path].filter((part) => part).join('.')
    return { path: full, text: [options.source, full, message].filter((part) => part).join(': ') }
  })
  throw new InfrakitError('input', problems.map((problem) => problem.text).join('\n'), { path: problems[0]?.path })
}
