import { createConnection, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { temporaryFolder, type Teardown } from '../folder.js'

/** What happens to bytes between a client and the engine. */
export type Manner =
  | 'pass'
  /** Nothing is answered. */
  | 'silent'
  /** The connection is closed as soon as something is asked. */
  | 'cut'
  /** The answer is cut after some bytes of its body. */
  | 'half'
  /** The answer is the given text instead. */
  | { readonly say: string }
  /** Everything that is answered comes so much later. */
  | { readonly delayMs: number }

export interface Proxy {
  readonly path: string
  manner: Manner
  /** Connections that are open now. */
  readonly open: number
  /** How many there were. */
  readonly count: number
  /** Cuts all that are open. */
  cutAll(): void
  close(): Promise<void>
}

/** Bytes of an answer that are let through by `half`: all of a head, and a little. */
function cutBody(upstream: Socket, client: Socket): void {
  let seen = ''
  upstream.on('data', (piece: Buffer) => {
    seen += piece.toString('latin1')
    const body = seen.indexOf('\r\n\r\n') + 4
    if (body < 4) return
    client.write(Buffer.from(seen.slice(0, body + 10), 'latin1'), () => client.destroy())
  })
}

/** Does at once, or later, what an answer asks for: bytes and the end come in the order in which they were sent. */
function pass(manner: Manner, work: () => void): void {
  if (typeof manner === 'object' && 'delayMs' in manner) setTimeout(work, manner.delayMs)
  else work()
}

/** Stands before an engine, on a socket of its own, and treats what passes as it is told; ended with the test. */
export async function createProxy(t: Teardown, upstreamPath: string): Promise<Proxy> {
  const path = join(await temporaryFolder(t), 'proxy.sock')
  const open = new Set<Socket>()
  const state = { manner: 'pass' as Manner, count: 0 }
  const server = createServer((client) => {
    state.count++
    open.add(client)
    client.once('close', () => open.delete(client))
    client.on('error', () => undefined)
    const upstream = createConnection(upstreamPath)
    upstream.on('error', () => client.destroy())
    upstream.once('close', () => pass(state.manner, () => client.destroy()))
    client.once('close', () => upstream.destroy())
    if (state.manner === 'half') cutBody(upstream, client)
    else upstream.on('data', (piece: Buffer) => pass(state.manner, () => void client.write(piece)))
    client.on('data', (piece: Buffer) => {
      const manner = state.manner
      if (manner === 'silent') return
      if (manner === 'cut') client.destroy()
      else if (typeof manner === 'object' && 'say' in manner) client.end(manner.say)
      else upstream.write(piece)
    })
  })
  const cutAll = () => open.forEach((client) => client.destroy())
  const close = () =>
    new Promise<void>((resolve) => {
      cutAll()
      server.close(() => resolve())
    })
  await new Promise<void>((resolve) => server.listen(path, resolve))
  t.teardown(close)
  return {
    path,
    cutAll,
    close,
    get manner() {
      return state.manner
    },
    set manner(manner) {
      state.manner = manner
    },
    get open() {
      return open.size
    },
    get count() {
      return state.count
    },
  }
}
