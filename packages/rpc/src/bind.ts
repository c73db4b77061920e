import { handlerName, InfrakitError, type Call, type InterfaceDefinition } from '@infrakit/spi'
import type { InterfaceSchemas, MethodSchema } from '@infrakit/spi/schemas'
import { callFor, resultFrom } from './client-era.js'
import { findInterface, lacksInterface, type Handshake } from './client-handshake.js'
import type { Deadline } from './deadline.js'
import { methodsOf } from './offer.js'
import { isMethodMissing } from './remote-error.js'

/** What a stub needs of its client. */
export interface StubClient {
  readonly name: string
  deadline(call: Call | undefined): Deadline
  shake(deadline: Deadline): Promise<Handshake>
  send(method: string, params: object, mutates: boolean, deadline: Deadline): Promise<unknown>
}

export interface BindOptions<H> {
  /** The object behind the plugin; `''` when it has only one. */
  readonly type?: string | undefined
  /** Given: results are checked by them, and a malformed one throws `plugin-failed`. */
  readonly schemas?: InterfaceSchemas<H> | undefined
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

/** The handlers of an interface, carried out by a plugin: every call shakes hands first, once per connection. */
export function bind<H>(client: StubClient, definition: InterfaceDefinition<H>, options: BindOptions<H>): H {
  const table = definition as InterfaceDefinition
  const schemas = options.schemas as Readonly<Record<string, MethodSchema>> | undefined
  const target = { plugin: client.name, type: options.type ?? '' }
  const stub: Record<string, (request: object, call?: Call) => Promise<unknown>> = {}
  for (const [name, { mutates, ok }] of methodsOf(table)) {
    const schema = ok ? undefined : schemas?.[name]
    const attempt = (shake: Handshake, request: object, deadline: Deadline) => {
      if (!findInterface(shake, table)) throw lacksInterface(shake, table, client.name)
      const { method, params } = callFor(shake.era, table, name, request, target)
      return client.send(method, params, mutates, deadline)
    }
    const call = async (request: object, deadline: Deadline) => {
      const shake = await client.shake(deadline)
      try {
        return await attempt(shake, request, deadline)
      } catch (error) {
        // Another plugin may have taken the place of the one that shook hands; it said that it did nothing.
        const again = isMethodMissing(error) ? await client.shake(deadline) : shake
        if (again === shake) throw error
        return await attempt(again, request, deadline)
      }
    }
    stub[handlerName(name)] = async (request, options) => {
      const result = resultFrom(table, name, await call(request, client.deadline(options)))
      if (ok) return undefined
      return schema ? checkResult(schema, result, `${client.name}: ${table.name}.${name}`) : result
    }
  }
  return stub as H
}
