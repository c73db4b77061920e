import { InfrakitError, interfaces, messageOf } from '@infrakit/spi'
import { parseInput, schemas } from '@infrakit/spi/schemas'
import type { Caller } from './caller.js'
import { readJson, rowOf, type Row } from './json.js'
import type { Exchange, Verdict } from './promise.js'

/** Result fields that are lists, which the original writes as `null` when they are empty. */
const listFields: Readonly<Record<string, readonly [field: string, inside?: string]>> = {
  'Instance.DescribeInstances': ['Descriptions'],
  'Group.DescribeGroup': ['Instances', 'Description'],
  'Metadata.List': ['Nodes'],
  'Event.List': ['Nodes'],
}

/** Methods whose answer has a promise of its own. */
const judgedByOthers = ['Flavor.Healthy']

const why = 'Callers read the answer by its schema; what is of another form is an error to them, or worse, overlooked.'

/**
 * What is wrong with the form of an answer, by the schema of the method that was called; `undefined` when nothing is, or
 * when the answer is an error or the method none of ours.
 */
export function formProblem(request: string, response: string): string | undefined {
  const { method, params } = messageIn(request)
  const { result } = messageIn(response)
  if (typeof method !== 'string' || result === undefined || result === null) return undefined
  const [name = '', verb = ''] = method.split('.')
  const schema = schemas[name]?.[verb]?.result
  const definition = interfaces.find((one) => one.name === name)?.methods as
    Record<string, { ok?: boolean }> | undefined
  if (!schema || !definition?.[verb]) return undefined
  if (definition[verb].ok) {
    const { OK, ID } = rowOf(result)
    // HEAD of the original answers in this way when a group is freed or destroyed.
    const named = name === 'Group' && OK === undefined && ID === rowOf(params).ID
    return OK === true || named ? undefined : `OK: expected true, got ${JSON.stringify(OK)}`
  }
  // Methods that answer with nothing have no result of their own.
  if (schema.safeParse(undefined).success) return undefined
  try {
    parseInput(schema, withLists(method, result))
    return undefined
  } catch (error) {
    if (error instanceof InfrakitError) return messageOf(error)
    throw error
  }
}

function withLists(method: string, result: unknown): unknown {
  const [field, inside] = listFields[method] ?? []
  if (field === undefined) return result
  const holder = inside === undefined ? rowOf(result) : rowOf(rowOf(result)[inside])
  const filled = { ...holder, [field]: holder[field] ?? [] }
  return inside === undefined ? filled : { ...rowOf(result), [inside]: filled }
}

function messageIn(text: string): Row {
  try {
    return rowOf(readJson(text))
  } catch {
    return {}
  }
}

/** A verdict for each method that was called successfully in the run. */
export function formVerdicts(plugin: Caller, chosen: readonly string[]): Verdict[] {
  const found = new Map<string, { problem: string; exchange: Exchange } | undefined>()
  for (const exchange of plugin.log) {
    const { method } = messageIn(exchange.request)
    if (typeof method !== 'string' || found.get(method)) continue
    if (messageIn(exchange.response).result === undefined) continue
    const problem = formProblem(exchange.request, exchange.response)
    found.set(method, problem === undefined ? undefined : { problem, exchange })
  }
  return interfaces.flatMap(({ name, methods }) => {
    if (!chosen.includes(name)) return []
    const verbs = Object.keys(methods).filter((verb) => !judgedByOthers.includes(`${name}.${verb}`))
    return verbs.map((verb): Verdict => {
      const method = `${name}.${verb}`
      const base = { interface: name, promise: `${method} answers in the form of its schema`, why }
      if (!found.has(method)) return { ...base, outcome: 'not applicable', reason: 'no call of it succeeded' }
      const wrong = found.get(method)
      if (!wrong) return { ...base, outcome: 'kept' }
      const { problem, exchange } = wrong
      return { ...base, outcome: 'broken', expected: `the form of docs/schemas`, got: problem, shown: [exchange] }
    })
  })
}
