import http, { type Agent, type AgentOptions, type ClientRequest } from 'node:http'
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

/** Makes requests to one address. */
export interface Connector {
  /** The request is not ended yet. `pooled` ones share kept connections, others get one each. */
  open(sent: Sent, pooled: boolean): ClientRequest
  close(): void
}

/** Idle connections that are kept; more than this many calls at once is rare, opening one costs 0.1 ms. */
const maxIdle = 16
/** Connections of the pool; more reads at once wait for one, which is faster than opening more. */
const maxPooled = 128

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

function createConnectorWith(
  { request, Agent: Pool }: typeof http | typeof https,
  address: Address,
  onConnection: Watch,
): Connector {
  const options: AgentOptions = { noDelay: true, ...('path' in address ? {} : address.tls) }
  const pool = new Pool({ ...options, keepAlive: true, maxSockets: maxPooled, maxFreeSockets: maxIdle })
  const single = new Pool({ ...options, keepAlive: false })
  watchConnections(pool, onConnection)
  const [socketPath, host, port] = 'path' in address ? [address.path] : [undefined, address.host, address.port]
  const hostHeader = socketPath === undefined ? `${host}:${port}` : 'localhost'
  return {
    open({ method, path, headers }, pooled) {
      const agent = pooled ? pool : single
      return request({ socketPath, host, port, method, path, headers: ['Host', hostHeader, ...headers], agent })
    },
    close() {
      pool.destroy()
      single.destroy()
    },
  }
}

/**
 * Opens connections to an address as they are needed.
 *
 * @param onConnection told of every connection that goes into the pool
 */
export function createConnector(address: Address, onConnection: Watch): Connector | Promise<Connector> {
  if ('path' in address || !address.tls) return createConnectorWith(http, address, onConnection)
  // Loaded when needed: it takes longer than all the rest of a client.
  return import('node:https').then((module) => createConnectorWith(module, address, onConnection))
}
