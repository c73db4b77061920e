import type { Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { Exchange } from './exchange.js'

/** How long after a client's end of sending the probe is repeated: over TCP the first one only provokes the reset. */
const secondProbeMs = 100

/** The requests being answered. */
export interface Traffic {
  /** Watches the connections of a server. */
  watch(server: Server, secure: boolean): void
  begin(res: ServerResponse): Exchange
  /** The handlers are through; from now on only the writing of the answer is waited for. */
  answered(exchange: Exchange): void
  /** The answer is handed to the kernel, or there is none. */
  flushed(exchange: Exchange): void
  /** Resolves when nothing is being answered, at once when that is so. */
  quiet(): Promise<void>
}

/**
 * Asks the kernel whether a client that ended sending still listens. A half-closed connection and one that is gone look
 * the same until something is written; what is written is an interim answer, which clients pass over.
 */
function probe(open: ReadonlySet<Exchange>): void {
  for (const { res } of open) if (!res.headersSent && res.req.httpVersionMinor > 0) res.writeContinue()
}

export function createTraffic(): Traffic {
  const connections = new WeakMap<Socket, Set<Exchange>>()
  const waiting: (() => void)[] = []
  let active = 0

  function settle(): void {
    active--
    if (active === 0) for (const resolve of waiting.splice(0)) resolve()
  }

  function onConnection(socket: Socket): void {
    const open = new Set<Exchange>()
    connections.set(socket, open)
    socket.once('end', () => {
      if (open.size === 0) return
      probe(open)
      setTimeout(probe, secondProbeMs, open).unref()
    })
    socket.once('close', () => {
      for (const exchange of open) {
        exchange.abort()
        if (exchange.answered) settle()
      }
      open.clear()
    })
  }

  return {
    watch: (server, secure) => void server.on(secure ? 'secureConnection' : 'connection', onConnection),
    begin(res) {
      const exchange = new Exchange(res)
      const { socket } = res.req
      if (socket.destroyed) exchange.abort()
      else connections.get(socket)?.add(exchange)
      active++
      return exchange
    },
    answered(exchange) {
      exchange.answered = true
      if (exchange.gone) settle()
    },
    flushed(exchange) {
      if (connections.get(exchange.res.req.socket)?.delete(exchange)) settle()
    },
    quiet: () => (active === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
  }
}
