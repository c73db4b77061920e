import { handlerName, InfrakitError, type Call, type InterfaceDefinition, type MethodDefinition } from '@infrakit/spi'
import { parseInput, schemas } from '@infrakit/spi/schemas'
import { joinPath } from './eras.js'
import { unaborted, type Exchange } from './exchange.js'
import { findObject } from './objects.js'
import { methodsOf, type OfferedInterface } from './offer.js'

/** A call on its way to a handler. */
export interface Invocation {
  readonly definition: InterfaceDefinition
  /** As on the wire, without the interface: `Provision`. */
  readonly method: string
  readonly mutates: boolean
  /** The request, checked; what the interface does not know is left out. */
  readonly request: object
  /** Aborted when the caller went away; never for a mutating call. */
  readonly signal: AbortSignal
}

export type Intercept = (invocation: Invocation, next: () => Promise<unknown>) => Promise<unknown>

type Request = Readonly<Record<string, unknown>>
type Handler = (request: unknown, call: Call) => Promise<unknown>

/** Answers one method: from `params` as they came to the result as it goes out. */
export type Method = (params: unknown, exchange: Exchange) => Promise<object>

function requestOf(params: unknown): Request {
  const request: unknown = Array.isArray(params) && params.length < 2 ? (params[0] as unknown) : params
  if (request === undefined || request === null) return {}
  if (typeof request === 'object' && !Array.isArray(request)) return request as Request
  throw new InfrakitError('input', 'params: expected an object, or a list of one object', { path: 'params' })
}

/** The result with what every answer repeats, in the order in which the original writes it. */
function envelope({ address }: InterfaceDefinition, method: MethodDefinition, request: Request, result: unknown) {
  const answer: Record<string, unknown> = {}
  const addressed = address && (request[address] ?? '')
  if (address) answer[address] = addressed
  for (const field of method.echo ?? []) {
    answer[field] = request[field] ?? (request.Spec as Request | null | undefined)?.[field] ?? ''
  }
  if (typeof result === 'object' && result !== null) Object.assign(answer, result)
  // A handler that hands on what another plugin answered brings that plugin's address with it.
  if (address) answer[address] = addressed
  if (method.ok) answer.OK = true
  return answer
}

function methodOf(offered: OfferedInterface, name: string, method: MethodDefinition, intercept?: Intercept): Method {
  const { definition } = offered
  const { mutates } = method
  const schema = schemas[definition.name]?.[name]?.request
  const handler = handlerName(name)
  const takesPath = definition.name === 'Metadata'
  return async (params, exchange) => {
    let request = requestOf(params)
    if (takesPath && typeof request.Path !== 'string') request = { ...request, Path: joinPath(request.Path) }
    const target = findObject(offered, request) as Record<string, Handler>
    const input = schema ? (parseInput(schema, request) as object) : request
    const call = mutates ? unaborted : exchange
    // Called through the object, since handlers may be methods of a class.
    if (!intercept) return envelope(definition, method, request, await target[handler]?.(input, call))
    const invocation: Invocation = {
      definition,
      method: name,
      mutates,
      request: input,
      get signal() {
        return call.signal
      },
    }
    return envelope(
      definition,
      method,
      request,
      await intercept(invocation, async () => target[handler]?.(input, call)),
    )
  }
}

/** The methods of the interfaces offered, by wire name. */
export function invokersOf(offered: readonly OfferedInterface[], intercept?: Intercept): Map<string, Method> {
  const methods = new Map<string, Method>()
  for (const one of offered) {
    for (const [name, method] of methodsOf(one.definition)) {
      methods.set(`${one.definition.name}.${name}`, methodOf(one, name, method, intercept))
    }
  }
  return methods
}
