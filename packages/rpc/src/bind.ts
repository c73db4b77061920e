import { handlerName, InfrakitError, type Call, type InterfaceDefinition, type MethodDefinition } from '@infrakit/spi'
import type { InterfaceSchemas, MethodSchema } from '@infrakit/spi/schemas'
import { addressFields, callFor, resultFrom } from './client-era.js'
import { findInterface, lacksInterface, type Handshake } from './client-handshake.js'
import type { Deadline } from './deadline.js'
import { methodsOf } from './offer.js'
import { isMethodMissing } from './remote-error.js'

/** What a stub needs of its client. */
export interface StubClient {
  readonly name: string
  deadline(call: Call | undefined): Deadline
  shake(deadline: Deadline): Handshake | Promise<Handshake>
  send(method: string, params: object, mutates: boolean, deadline: Deadline, remember?: boolean): Promise<unknown>
  /** Results that were checked, and what they were found to be. */
  readonly checked: WeakMap<object, unknown>
}

export interface BindOptions<H> {
  /** The object behind the plugin; `''` when it has only one. */
  readonly type?: string | undefined
  /** Given: results are checked by them, and a malformed one throws `plugin-failed`. */
  readonly schemas?: InterfaceSchemas<H> | undefined
  /**
   * A long answer that is the same as the last one to the same call gives the same result, not read anew: for those who
   * look often at what changes seldom. Results must not be changed then.
   */
  readonly remember?: boolean | undefined
}

function checkOnce(checked: WeakMap<object, unknown>, schema: MethodSchema, result: unknown, what: string): unknown {
  if (typeof result !== 'object' || result === null) return checkResult(schema, result, what)
  const known = checked.get(result) ?? checkResult(schema, result, what)
  checked.set(result, known)
  return known
}

function checkResult(schema: MethodSchema, result: unknown, what: string): unknown {
  const checked = schema.result.safeParse(result)
  if (checked.success) return checked.data
  const [issue] = checked.error.issues
  const path = issue?.path.map(String).join('.') ?? ''
  const problem = [path, issue?.message].filter(Boolean).join(': ')
  throw new InfrakitError('plugin-failed', `${what}: the answer is malformed: ${problem}`, {
    path,
    cause: checked.error,
  })
}

/** Whether a method's answer holds nothing but what every answer repeats. */
function answersNothing({ address }: InterfaceDefinition, { echo = [], example }: MethodDefinition): boolean {
  const repeated: readonly (string | undefined)[] = [address, 'OK', ...echo]
  return Object.keys(example.response).every((field) => repeated.includes(field))
}

/** The handlers of an interface, carried out by a plugin: every call shakes hands first, once per connection. */
export function bind<H>(client: StubClient, definition: InterfaceDefinition<H>, options: BindOptions<H>): H {
  const table = definition as InterfaceDefinition
  const schemas = options.schemas as Readonly<Record<string, MethodSchema>> | undefined
  const address = addressFields(table, client.name, options.type ?? '')
  const stub: Record<string, (request: object, call?: Call) => Promise<unknown>> = {}
  for (const [name, row] of methodsOf(table)) {
    const wire = `${table.name}.${name}`
    const nothing = answersNothing(table, row)
    const schema = schemas?.[name]
    const send = (shake: Handshake, params: Record<string, unknown>, deadline: Deadline) => {
      if (!findInterface(shake, table)) throw lacksInterface(shake, table, client.name)
      const call = callFor(shake.era, wire, params, client.name)
      return client.send(call.method, call.params, row.mutates, deadline, options.remember && !row.mutates)
    }
    stub[handlerName(name)] = async (request, call) => {
      const deadline = client.deadline(call)
      const params = { ...address, ...request }
      const shake = await client.shake(deadline)
      let answer
      try {
        answer = await send(shake, params, deadline)
      } catch (error) {
        // Another plugin may have taken the place of the one that shook hands; it said that it did nothing.
        const again = isMethodMissing(error) ? await client.shake(deadline) : shake
        if (again === shake) throw error
        answer = await send(again, params, deadline)
      }
      if (nothing) return undefined
      const result = resultFrom(wire, answer)
      if (!schema) return result
      const what = `${client.name}: ${wire}`
      return options.remember ? checkOnce(client.checked, schema, result, what) : checkResult(schema, result, what)
    }
  }
  return stub as H
}
