import { errorKinds, handlerName, interfaces, kindOf, messageOf, type Event } from '@infrakit/spi'
import { readJson, rowOf, writeJson, type Row } from '../../src/conformance/json.js'
import type { Reply, Transport } from '../../src/conformance/index.js'

/** How a plugin reads and writes JSON-RPC; each way can be replaced by a wrong one. */
export interface Wire {
  /** The raw text of the id of an answer. */
  id(raw: string): string
  /** What stands in the answer beside the id, when there is no such method. */
  unknown(method: string): string
  /** The body of the answer to what is not JSON. */
  notJson(): string
  /** The error that stands for what a handler threw. */
  failed(error: unknown): string
  /** The result of a handler as it is sent, with what every answer repeats. */
  result(method: string, result: Row): Row
  read(text: string): unknown
  /** Whether a request without id is answered. */
  answersNotifications: boolean
  versions: Readonly<Record<string, string>>
}

/** Objects that serve an interface each, by its name. */
export type Objects = Readonly<Record<string, object>>

function failure(code: number, message: string): string {
  return `"error":${JSON.stringify({ code, message, data: null })}`
}

const right: Wire = {
  id: (raw) => raw,
  unknown: (method) => failure(-32601, `there is no ${method}`),
  notJson: () => `{"jsonrpc":"2.0",${failure(-32700, 'not JSON')},"id":null}`,
  result: (_method, result) => result,
  read: readJson,
  failed: (error) => failure(errorKinds[kindOf(error)].code, messageOf(error)),
  answersNotifications: false,
  versions: {},
}

/** How a plugin of the original speaks: one code for all errors, its own words, and nothing for what it cannot read. */
export const originalWire: Partial<Wire> = {
  unknown: (method) => failure(-32000, `rpc: can't find method ${JSON.stringify(method)}`),
  failed: (error) => failure(-32000, messageOf(error)),
  notJson: () => '',
}

/** Events that a plugin in memory tells; whoever listens is called at once. */
export interface Hub {
  publish(id: string): void
  listen: NonNullable<Transport['listen']>
}

export function hub(): Hub {
  const listeners = new Set<(text: string) => void>()
  return {
    publish(ID) {
      const event: Event = {
        Topic: 'instance',
        Type: 'changed',
        ID,
        Message: 'look',
        Timestamp: new Date().toISOString(),
      }
      for (const listener of listeners) listener(JSON.stringify(event))
    },
    listen: (_topic, { connected, event, signal }) =>
      new Promise((resolve) => {
        listeners.add(event)
        connected()
        signal.addEventListener('abort', () => {
          listeners.delete(event)
          resolve()
        })
      }),
  }
}

function methodOf(objects: Objects, name: string) {
  const [of = '', verb = ''] = name.split('.')
  const definition = interfaces.find((one) => one.name === of)
  const method = (definition?.methods as Record<string, { ok?: boolean }> | undefined)?.[verb]
  const object = objects[of] as Record<string, (request: Row, call: object) => Promise<unknown>> | undefined
  return method && object?.[handlerName(verb)]
    ? { ok: method.ok === true, call: (p: Row, c: object) => object[handlerName(verb)]?.(p, c) }
    : null
}

/** A plugin without a socket: it answers the texts that a plugin would be sent. */
export function miniPlugin(objects: Objects, wrong: Partial<Wire> = {}, listen?: Transport['listen']): Transport {
  const wire = { ...right, ...wrong }
  const apis = interfaces
    .filter(({ name }) => Object.hasOwn(objects, name))
    .map(({ name, version }) => ({ Name: name, Version: wire.versions[name] ?? version }))
  const handshakes: Record<string, Row> = {
    'Handshake.Implements': { APIs: apis },
    'Handshake.Types': { Types: Object.fromEntries(apis.map(({ Name, Version }) => [`${Name}/${Version}`, ['.']])) },
  }

  async function carryOut(method: string, params: Row, signal: AbortSignal | undefined): Promise<string> {
    const shaken = handshakes[method]
    if (shaken) return `"result":${writeJson(shaken)}`
    const found = methodOf(objects, method)
    if (!found) return wire.unknown(method)
    try {
      const result = rowOf(await found.call(params, { signal }))
      return `"result":${writeJson(wire.result(method, found.ok ? { ...result, OK: true } : result))}`
    } catch (error) {
      return wire.failed(error)
    }
  }

  async function answer(body: string, signal: AbortSignal | undefined): Promise<string> {
    let message: unknown
    try {
      message = wire.read(body)
    } catch {
      return wire.notJson()
    }
    if (Array.isArray(message)) return `{"jsonrpc":"2.0",${failure(-32600, 'one at a time')},"id":null}`
    const { method, params } = rowOf(message)
    const raw = /"id":("[^"]*"|[^,}]+)\}$/.exec(body)?.[1]
    const given = rowOf(Array.isArray(params) ? params[0] : params)
    const member = await carryOut(String(method), given, signal)
    return raw === undefined && !wire.answersNotifications
      ? ''
      : `{"jsonrpc":"2.0",${member},"id":${wire.id(raw ?? 'null')}}`
  }

  const post = (body: string, signal?: AbortSignal): Promise<Reply> =>
    new Promise((resolve, reject) => {
      const cut = () => reject(new Error('cut off'))
      if (signal?.aborted) return cut()
      signal?.addEventListener('abort', cut)
      answer(body, signal).then((text) => resolve({ status: 200, body: text }), reject)
    })
  return listen ? { post, listen } : { post }
}
