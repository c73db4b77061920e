import { interfaces, type Call, type InterfaceDefinition } from '@infrakit/spi'
import { defaultName, type Address } from './address.js'
import { createAnswerMemory } from './answer-memory.js'
import { bind, type BindOptions } from './bind.js'
import { hasInterface, shakeHands, type Handshake } from './client-handshake.js'
import { stringifyJson } from './codec.js'
import { deadlineOf, waitWithin, type Deadline } from './deadline.js'
import { methodsOf } from './offer.js'
import { readAnswer, readJson } from './read-answer.js'
import type { Subscriber } from './sse-client.js'
import { createTransport } from './transport.js'

export interface ClientOptions {
  /** What errors call the plugin, and what it is addressed by. Default: the socket's file name. */
  readonly name?: string | undefined
  /** Milliseconds a call may take. Default 30 s. */
  readonly timeoutMs?: number | undefined
  /** Milliseconds between two signs of life on an event stream, as the server was told. Default 15 s. */
  readonly heartbeatMs?: number | undefined
}

/** Calls one plugin. Every call ends by its deadline, and fails at once with `unavailable` when the plugin is gone. */
export interface PluginClient {
  readonly name: string
  /** Calls a wire method as it is. Throws RemoteError, `unavailable`, `timeout` or `plugin-failed`. */
  call(method: string, params: object, call?: Call): Promise<unknown>
  /** What the plugin implements and which era it speaks; remembered until a connection to it breaks. */
  handshake(call?: Call): Promise<Handshake>
  /** Whether it implements the interface, for `type` also whether that object does. */
  implements(definition: InterfaceDefinition, type?: string, call?: Call): Promise<boolean>
  /** The interface's handlers, carried out by the plugin in its era. They also throw `incompatible`. */
  bind<H>(definition: InterfaceDefinition<H>, options?: BindOptions<H>): H
  /** Listens to events until the signal is aborted; never fails, but connects again. See Subscriber. */
  subscribe(topic: string, on: Subscriber): void
  /** What `/info/api.json` says. */
  info(call?: Call): Promise<unknown>
  /** Closes what is open; calls fail from then on. */
  close(): void
}

const defaultTimeoutMs = 30_000
const defaultHeartbeatMs = 15_000

/** Methods that change nothing, by wire name; whatever else is called is taken to mutate. */
function readingMethods(): ReadonlySet<string> {
  const handshakes = [
    'Handshake.Hello',
    'Handshake.Implements',
    'Handshake.Types',
    'Plugin.Implements',
    'Metadata.Keys',
  ]
  const reading = interfaces.flatMap((definition) =>
    methodsOf(definition).flatMap(([name, { mutates }]) => (mutates ? [] : [`${definition.name}.${name}`])),
  )
  return new Set([...handshakes, ...reading])
}

/** Throws `input` for a socket path that is too long. */
export function createClient(address: Address, options: ClientOptions = {}): PluginClient {
  const { name = defaultName(address), timeoutMs = defaultTimeoutMs, heartbeatMs = defaultHeartbeatMs } = options
  let reading: ReadonlySet<string> | undefined
  let shaken: Promise<Handshake> | undefined
  /** The same, once it is there: most calls need not wait for it. */
  let known: Handshake | undefined
  let lastId = 0
  const memory = createAnswerMemory()
  const forget = () => {
    shaken = undefined
    known = undefined
  }
  const transport = createTransport(address, forget)
  const closed = new AbortController()

  async function send(
    method: string,
    params: object,
    mutates: boolean,
    deadline: Deadline,
    remember = false,
  ): Promise<unknown> {
    const id = ++lastId
    const what = `${name}: ${method}`
    const call = `{"jsonrpc":"2.0","method":${JSON.stringify(method)},"params":${stringifyJson(params)}`
    const answer = await transport.post(`${call},"id":${id}}`, mutates, deadline, what)
    const known = remember ? memory.recall(call, answer, id) : undefined
    if (known) return known.result
    const result = readAnswer(answer, id, name, what)
    if (remember) memory.keep(call, answer, id, result)
    return result
  }

  function startHandshake(): Promise<Handshake> {
    // Shared by all who wait for it, so that it has a deadline of its own and nobody's signal.
    const deadline = deadlineOf(undefined, timeoutMs)
    const shaking = shakeHands((method) => send(method, {}, false, deadline), name)
    shaking.then(
      (handshake) => {
        if (shaken === shaking) known = handshake
      },
      () => {
        if (shaken === shaking) forget()
      },
    )
    return shaking
  }

  function shake(deadline: Deadline): Handshake | Promise<Handshake> {
    if (known) return known
    shaken ??= startHandshake()
    return waitWithin(shaken, deadline, `${name}: handshake`)
  }

  const deadline = (call: Call | undefined) => deadlineOf(call, timeoutMs)
  const stubs = { name, deadline, shake, send, checked: new WeakMap<object, unknown>() }
  return {
    name,
    call(method, params, call) {
      reading ??= readingMethods()
      return send(method, params, !reading.has(method), deadline(call))
    },
    handshake: async (call) => shake(deadline(call)),
    implements: async (definition, type, call) => hasInterface(await shake(deadline(call)), definition, type),
    bind: (definition, bindOptions = {}) => bind(stubs, definition, bindOptions),
    subscribe(topic, on) {
      const signal = AbortSignal.any([on.signal, closed.signal])
      const listener: Subscriber = {
        connected: () => on.connected(),
        event: (event) => on.event(event),
        lost: () => on.lost?.(),
        signal,
      }
      transport.subscribe(topic, listener, heartbeatMs)
    },
    async info(call) {
      const what = `${name}: GET /info/api.json`
      return readJson(await transport.get('/info/api.json', deadline(call), what), what)
    },
    close() {
      closed.abort()
      transport.close()
    },
  }
}
