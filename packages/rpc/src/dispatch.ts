import { kindOf } from '@infrakit/spi'
import { JSONRPCServer, type JSONRPCRequest, type JSONRPCResponse } from 'json-rpc-2.0'
import { stringifyJson } from './codec.js'
import { isIdToken, readBody, writeError, writeResult } from './envelope.js'
import type { Exchange } from './exchange.js'
import type { Method } from './invoke.js'
import { invalidRequest, methodNotFound, parseError, wireErrorOf } from './wire-error.js'

/** Told of every error that is a defect here, with the wire method in which it happened. */
export type Report = (error: unknown, method: string) => void

/** Answers a request body with a response body, or `undefined` when there is nothing to answer. Never throws. */
export type Dispatch = (body: string, exchange: Exchange) => Promise<string | undefined>

/** More messages than this in a batch are refused: each is answered, and they are answered all at once. */
const maxBatch = 1000

type Rpc = JSONRPCServer<Exchange>
type Message = Readonly<Record<string, unknown>>

/** The original's words for a method that is not there. */
function missingMethod(name: string, services: ReadonlySet<string>): string {
  const service = name.slice(0, Math.max(0, name.lastIndexOf('.')))
  return `rpc: can't find ${services.has(service) ? 'method' : 'service'} ${JSON.stringify(name)}`
}

function createRpc(methods: ReadonlyMap<string, Method>, report: Report): Rpc {
  const rpc: Rpc = new JSONRPCServer<Exchange>({ errorListener: () => undefined })
  const services = new Set([...methods.keys()].map((name) => name.slice(0, name.lastIndexOf('.'))))
  rpc.handleMethodNotFound = ({ id, method }) => {
    const error = { code: methodNotFound, message: missingMethod(method, services) }
    return Promise.resolve(id === undefined ? null : { jsonrpc: '2.0', id, error })
  }
  for (const [name, method] of methods) {
    rpc.addMethodAdvanced(name, async ({ id, params }, exchange): Promise<JSONRPCResponse | null> => {
      try {
        // Written here, so that a result that cannot be written is an error of this method like any other.
        const result = stringifyJson(await method(params, exchange))
        return id === undefined ? null : { jsonrpc: '2.0', id, result }
      } catch (error) {
        if (kindOf(error) === 'internal') report(error, name)
        return id === undefined ? null : { jsonrpc: '2.0', id, error: wireErrorOf(error) }
      }
    })
  }
  return rpc
}

/** As the original does, the answer to a request of another version shows what was understood of it. */
function wrongVersion(message: Message, id: string): string {
  const { jsonrpc, method, params } = message
  const seen = stringifyJson({ jsonrpc: jsonrpc ?? '', method, params })
  return writeError(id, invalidRequest, 'jsonrpc must be 2.0', `${seen.slice(0, -1)},"id":${id}}`)
}

async function answer(rpc: Rpc, message: unknown, token: string | undefined, exchange: Exchange) {
  if (typeof message !== 'object' || message === null || Array.isArray(message)) {
    return writeError('null', invalidRequest, 'a request must be an object')
  }
  if (token !== undefined && !isIdToken(token)) {
    return writeError('null', invalidRequest, 'id must be a number, a text or null')
  }
  const { jsonrpc, method, params } = message as Message
  const id = token ?? 'null'
  if (jsonrpc !== '2.0') return wrongVersion(message as Message, id)
  if (typeof method !== 'string') return writeError(id, invalidRequest, 'method must be a text')
  // The library gets a stand-in for the id: it would read a 63-bit number into a JavaScript number.
  const request: JSONRPCRequest = { jsonrpc, method, params: params as JSONRPCRequest['params'] }
  if (token !== undefined) request.id = 0
  const response = await rpc.receive(request, exchange)
  if (response === null || token === undefined) return undefined
  const { error } = response
  if (!error) return writeResult(token, response.result as string)
  return writeError(token, error.code, error.message, error.data === undefined ? 'null' : stringifyJson(error.data))
}

/** Serves the methods by JSON-RPC 2.0: single requests, notifications and batches. */
export function createDispatch(methods: ReadonlyMap<string, Method>, report: Report): Dispatch {
  const rpc = createRpc(methods, report)
  return async (text, exchange) => {
    let body
    try {
      body = readBody(text)
    } catch (error) {
      return `${writeError('null', parseError, `not JSON: ${(error as Error).message}`)}\n`
    }
    const { messages, ids, batch } = body
    if (!batch) {
      const single = await answer(rpc, messages[0], ids[0], exchange)
      return single === undefined ? undefined : `${single}\n`
    }
    if (messages.length === 0) return `${writeError('null', invalidRequest, 'a batch must not be empty')}\n`
    if (messages.length > maxBatch) {
      return `${writeError('null', invalidRequest, `a batch must not hold more than ${maxBatch} requests`)}\n`
    }
    const answers = await Promise.all(messages.map((message, index) => answer(rpc, message, ids[index], exchange)))
    const given = answers.filter((one) => one !== undefined)
    return given.length === 0 ? undefined : `[${given.join(',')}]\n`
  }
}
