import { additions, incidental } from './additions.js'
import type { RawReply } from './recording.js'

/** One thing in which an answer is not what was recorded. */
export interface Difference {
  /** Where, with lists collapsed: `result.Description.Instances[].Tags.a`. Names a deviation. */
  readonly path: string
  /** What was recorded and what came, for a person. */
  readonly detail: string
}

type Fields = Record<string, unknown>

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > 200 ? `${text.slice(0, 197)}...` : text
}

function differ(path: string, recorded: unknown, actual: unknown): Difference[] {
  return [{ path, detail: `${path}: recorded ${show(recorded)}, got ${show(actual)}` }]
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** What identifies an element of a list whose order says nothing; `undefined` for other lists. */
function keyOf(element: unknown): string | undefined {
  if (!isFields(element)) return undefined
  const call = element.Request
  if (isFields(call) && typeof call.method === 'string') return call.method
  if (typeof element.ID === 'string' && element.ID !== '') return element.ID
  if (typeof element.Name !== 'string') return undefined
  // Both versions of an interface may stand in one list.
  return element.Methods === undefined ? `${element.Name} ${String(element.Version ?? '')}` : element.Name
}

function byKey(list: readonly unknown[]): Map<string, unknown> | undefined {
  const keys = list.map(keyOf)
  if (keys.length === 0 || keys.includes(undefined)) return undefined
  return new Map(keys.map((key, at) => [key ?? '', list[at]]))
}

function compareLists(path: string, recorded: readonly unknown[], actual: readonly unknown[]): Difference[] {
  const [wanted, given] = [byKey(recorded), byKey(actual)]
  if (wanted && given) {
    const extra = [...given.keys()].filter((key) => !wanted.has(key) && !isAddition(`${path}[]`))
    return [
      ...extra.flatMap((key) => differ(`${path}[]`, undefined, given.get(key))),
      ...[...wanted].flatMap(([key, one]) => compareValues(`${path}[]`, one, given.get(key))),
    ]
  }
  if (isAddition(path))
    return recorded.filter((one) => !actual.includes(one)).flatMap((one) => differ(path, one, actual))
  if (recorded.length !== actual.length) return differ(path, recorded, actual)
  return recorded.flatMap((one, at) => compareValues(`${path}[]`, one, actual[at]))
}

function isAddition(path: string): boolean {
  return additions.some(({ member }) => member.test(path))
}

function compareFields(path: string, recorded: Fields, actual: Fields): Difference[] {
  const added = Object.keys(actual).filter((key) => !Object.hasOwn(recorded, key))
  const unexpected = added.filter((key) => actual[key] !== null && !isAddition(`${path}.${key}`))
  return [
    ...unexpected.flatMap((key) => differ(`${path}.${key}`, undefined, actual[key])),
    ...Object.entries(recorded).flatMap(([key, value]) => compareValues(`${path}.${key}`, value, actual[key])),
  ]
}

/** Where `actual` is not `recorded` or a superset of it. `null` and absent are the same. */
export function compareValues(path: string, recorded: unknown, actual: unknown): Difference[] {
  if (incidental.test(path)) return []
  if (recorded === null || recorded === undefined) {
    return actual === null || actual === undefined || isAddition(path) ? [] : differ(path, recorded, actual)
  }
  if (Array.isArray(recorded) && Array.isArray(actual)) return compareLists(path, recorded, actual)
  if (isFields(recorded) && isFields(actual)) return compareFields(path, recorded, actual)
  return recorded === actual ? [] : differ(path, recorded, actual)
}

/** The raw text of the id at the end of an answer. */
function idToken(body: string): string | undefined {
  return /"id":("[^"]*"|[^",}]*)\}\s*$/.exec(body)?.[1]
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body) as unknown
  } catch {
    return undefined
  }
}

function compareErrors(recorded: Fields, actual: Fields): Difference[] {
  const message = compareValues('error.message', recorded.message, actual.message)
  // -32000 stood for everything; only the codes of JSON-RPC itself mean something.
  if (Number(recorded.code) > -32600) return message
  const rest = compareValues('error.code', recorded.code, actual.code)
  return [...message, ...rest, ...compareValues('error.data', recorded.data, actual.data)]
}

/** Compares the bodies of two answers: JSON-RPC ones by meaning and with the id byte for byte, others as text. */
export function compareBodies(recorded: string, actual: string): Difference[] {
  if (recorded === actual) return []
  const [then, now] = [parsed(recorded), parsed(actual)]
  if (!isFields(then)) return differ('body', recorded, actual)
  if (!isFields(now)) return differ('body', then, actual)
  // `/info/api.json` is no JSON-RPC.
  if (then.jsonrpc === undefined) return compareValues('body', then, now)
  const ends = recorded.endsWith('\n') === actual.endsWith('\n') ? [] : differ('body.end', recorded, actual)
  const id = compareValues('id', idToken(recorded), idToken(actual))
  const envelope = [...compareValues('jsonrpc', then.jsonrpc, now.jsonrpc), ...id, ...ends]
  if (isFields(then.error) && isFields(now.error)) return [...envelope, ...compareErrors(then.error, now.error)]
  if (then.error !== undefined || now.error !== undefined) {
    const what = then.error === undefined ? 'error' : 'result'
    return [...envelope, ...differ(what, then.error ?? then.result, now.error ?? now.result)]
  }
  return [...envelope, ...compareValues('result', then.result, now.result)]
}

export function compareReplies(recorded: RawReply, actual: RawReply): Difference[] {
  return [
    ...compareValues('status', recorded.status, actual.status),
    ...compareValues('contentType', recorded.contentType, actual.contentType),
    ...compareBodies(recorded.body, actual.body),
  ]
}
