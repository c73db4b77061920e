import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Teardown } from './folder.js'

/** A server of HTTP on a port of its own, for proxies to send requests to. */
export interface WebServer {
  readonly name: string
  readonly port: number
  /** As a route names it. */
  readonly server: { readonly Name: string; readonly Host: string; readonly Port: number }
  readonly http: Server
  /** Requests that have come in. */
  readonly asked: IncomingMessage[]
  /** How many have been taken in wholly and wait to be answered. */
  held(): number
  /** Answers those. */
  release(): void
  /** Ends it with all its connections, as a crash does. */
  end(): Promise<void>
}

/** Starts a server that ends with the test. Without a listener it answers with its name, and holds what has `hold` in its path. */
export async function startWebServer(t: Teardown, name: string, listener?: RequestListener): Promise<WebServer> {
  const asked: IncomingMessage[] = []
  let waiting: (() => void)[] = []
  const sockets = new Set<Socket>()
  const http = createServer((request, response) => {
    asked.push(request)
    if (listener) return listener(request, response)
    request.resume().once('end', () => {
      const answer = () => void response.end(name)
      if (request.url?.includes('hold')) waiting.push(answer)
      else answer()
    })
  })
  http.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  const { port } = http.address() as AddressInfo
  const end = async () => {
    if (!http.listening) return
    const closed = once(http, 'close')
    http.close()
    for (const socket of sockets) {
      // One whose own end is on its way cannot be reset: Node keeps it open, and spins for ever when it ends itself.
      if (socket.writableEnded) socket.destroy()
      else socket.resetAndDestroy()
    }
    await closed
  }
  t.teardown(end)
  return {
    name,
    port,
    server: { Name: name, Host: '127.0.0.1', Port: port },
    http,
    asked,
    held: () => waiting.length,
    release() {
      for (const answer of waiting) answer()
      waiting = []
    },
    end,
  }
}
