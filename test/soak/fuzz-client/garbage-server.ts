import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Teardown } from '@infrakit/testing'
import type { Play } from './answers.js'

export interface GarbageServer {
  /** Connections that are open. */
  open(): number
  /** How requests are answered, one play each; the last one goes on. */
  plays: readonly Play[]
}

async function perform(socket: Socket, play: Play, id: string): Promise<void> {
  const bytes = play.bytes(id)
  const end = Math.min(bytes.length, play.stopAfter)
  // Long ones are not dripped, or nothing else would be done.
  const step = play.drip > 0 && end < 1000 ? play.drip : Math.max(end, 1)
  for (let at = 0; at < end && !socket.destroyed; at += step) {
    socket.write(bytes.subarray(at, Math.min(at + step, end)))
    await nextTurn()
  }
  if (play.then === 'close') socket.end()
  if (play.then === 'reset') socket.destroy()
}

/** A server that answers requests as it is told, however absurd. */
export async function serveGarbage(t: Teardown, path: string): Promise<GarbageServer> {
  const sockets = new Set<Socket>()
  let next = 0
  const made: GarbageServer = { open: () => sockets.size, plays: [] }
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('end', () => socket.end())
    socket.on('error', () => undefined)
    socket.on('data', (chunk) => {
      const play = made.plays[next++ % Math.max(1, made.plays.length)]
      const id = /"id":(\d+)\}$/.exec(chunk.toString())?.[1] ?? '0'
      if (play) void perform(socket, play, id)
    })
  })
  server.listen(path)
  await once(server, 'listening')
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return made
}
