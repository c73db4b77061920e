import http, { type Agent, type AgentOptions, type ClientRequest, type IncomingMessage } from 'node:http'
import type https from 'node:https'
import type { Socket } from 'node:net'
import type { Address } from './address.js'

/** What is sent to an address. */
export interface Sent {
  readonly method: 'GET' | 'POST'
  readonly path: string
  /** Names and values by turns, which costs node:http less than an object. */
  readonly headers: readonly string[]
  readonly body?: string
}

/**
 * On which connection a request goes: on any `kept` one; on one that the other side has `promised` to keep open for
 * longer than it has been idle, and so cannot be closing just now; on a `fresh` one. A new one is opened where there is
 * none.
 */
export type Connection = 'kept' | 'promised' | 'fresh'

/** Makes requests to one address. */
export interface Connector {
  /** The request is not ended yet. */
  open(sent: Sent, on: Connection): ClientRequest
  close(): void
}

/** Connections for reads; more reads at once wait for one, which is faster than opening more. */
const maxKept = 128

/** How long a connection that is promised to be kept for longer may be idle (ms). */
const promisedIdleMs = 1000

/** The event of an agent's `createConnection`: called for every connection that the pool opens. */
type Watch = (socket: Socket) => void

function watchConnections(agent: Agent, onConnection: Watch): void {
  const plain = agent as unknown as { createConnection: (...args: unknown[]) => Socket }
  const create = plain.createConnection.bind(agent)
  plain.createConnection = (...args) => {
    const socket = create(...args)
    onConnection(socket)
    return socket
  }
}

/** Whether the answer promises that its connection is kept open for twice as long as we would. */
function promisesEnough({ headers }: IncomingMessage): boolean {
  const seconds = /^timeout=(\d+)/.exec(String(headers['keep-alive'] ?? ''))?.[1]
  return Number(seconds ?? 0) * 1000 >= 2 * promisedIdleMs
}

function createConnectorWith(
  { request, Agent: Pool }: typeof http | typeof https,
  address: Address,
  onConnection: Watch,
): Connector {
  const options: AgentOptions = { noDelay: true, ...('path' in address ? {} : address.tls) }
  const pool = new Pool({ ...options, keepAlive: true, maxSockets: maxKept, maxFreeSockets: maxKept })
  const promised = new Pool({ ...options, keepAlive: true, maxFreeSockets: maxKept, timeout: promisedIdleMs })
  const pools = { kept: pool, promised, fresh: new Pool({ ...options, keepAlive: false }) }
  watchConnections(pool, onConnection)
  const [socketPath, host, port] = 'path' in address ? [address.path] : [undefined, address.host, address.port]
  const hostHeader = socketPath === undefined ? `${host}:${port}` : 'localhost'
  return {
    open({ method, path, headers }, on) {
      const agent = pools[on]
      const req = request({ socketPath, host, port, method, path, headers: ['Host', hostHeader, ...headers], agent })
      if (on === 'promised') {
        req.once('response', (res) => {
          if (!promisesEnough(res)) req.shouldKeepAlive = false
        })
      }
      return req
    },
    close() {
      for (const each of Object.values(pools)) each.destroy()
    },
  }
}

/**
 * Opens connections to an address as they are needed.
 *
 * @param onConnection told of every `kept` connection that is opened
 */
export function createConnector(address: Address, onConnection: Watch): Connector | Promise<Connector> {
  if ('path' in address || !address.tls) return createConnectorWith(http, address, onConnection)
  // Loaded when needed: it takes longer than all the rest of a client.
  return import('node:https').then((module) => createConnectorWith(module, address, onConnection))
}
