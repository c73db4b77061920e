import http, { type Agent, type AgentOptions, type ClientRequest, type RequestOptions } from 'node:http'
import type { Socket } from 'node:net'
import type { Address } from './address.js'

/** Makes requests to one address. */
export interface Connector {
  request(options: RequestOptions & { pooled?: boolean }): ClientRequest
  close(): void
}

/** Idle connections that are kept; more than this many calls at once is rare, opening one costs 0.1 ms. */
const maxIdle = 16

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

/**
 * Opens connections to an address as they are needed. `pooled` requests share kept connections, others get one each.
 *
 * @param onConnection told of every connection that goes into the pool
 */
export async function createConnector(address: Address, onConnection: Watch): Promise<Connector> {
  const tls = 'path' in address ? undefined : address.tls
  // Loaded when needed: it takes longer than all the rest of a client.
  const { request, Agent: Pool } = tls ? await import('node:https') : http
  const options: AgentOptions = { noDelay: true, ...tls }
  const pool = new Pool({ ...options, keepAlive: true, maxFreeSockets: maxIdle, scheduling: 'lifo' })
  const single = new Pool({ ...options, keepAlive: false })
  watchConnections(pool, onConnection)
  const target: RequestOptions =
    'path' in address ? { socketPath: address.path } : { host: address.host, port: address.port }
  return {
    request: ({ pooled, ...rest }) => request({ ...target, ...rest, agent: pooled ? pool : single }),
    close() {
      pool.destroy()
      single.destroy()
    },
  }
}
