import { connect } from 'node:net'
import type { Address } from '@infrakit/rpc/client'
import { InfrakitError } from '@infrakit/spi'

/** `alive`: somebody accepts connections; `dead`: nobody does; `absent`: there is not even a socket. */
export type Presence = 'alive' | 'dead' | 'absent'

const presences: Record<string, Presence> = {
  ECONNREFUSED: 'dead',
  ENOENT: 'absent',
  // The queue of a socket is full: somebody has it, and is slow.
  EAGAIN: 'alive',
  EHOSTUNREACH: 'dead',
  ENETUNREACH: 'dead',
  ENOTFOUND: 'dead',
  ECONNRESET: 'dead',
}

/**
 * Whether somebody listens at an address; nothing is sent. Never takes longer than `timeoutMs`.
 *
 * @throws unavailable when it cannot be told, e.g. for lack of rights
 */
export async function probe(address: Address, timeoutMs = 2000): Promise<Presence> {
  const target = 'path' in address ? { path: address.path } : { host: address.host, port: address.port }
  return new Promise((resolve, reject) => {
    const socket = connect({ ...target, timeout: timeoutMs })
    const end = (presence: Presence) => {
      socket.destroy()
      resolve(presence)
    }
    socket.once('connect', () => end('alive'))
    socket.once('timeout', () => end('path' in address ? 'alive' : 'dead'))
    socket.on('error', (error: NodeJS.ErrnoException) => {
      const presence = presences[error.code ?? '']
      if (presence !== undefined) return end(presence)
      const where = 'path' in address ? address.path : `${address.host}:${address.port}`
      reject(
        new InfrakitError('unavailable', `cannot tell whether ${where} is served: ${error.message}`, { cause: error }),
      )
    })
  })
}
