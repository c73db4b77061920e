import { connect } from 'node:net'
import type { ServiceCheck } from '@infrakit/spi'

/** Looks at a service right now, by `HTTP` or `TCP`; what has no such check is well. */
export async function isWell(check: ServiceCheck | null | undefined): Promise<boolean> {
  if (check?.HTTP) {
    const answer = await fetch(check.HTTP, { redirect: 'manual' }).catch(() => undefined)
    return answer?.ok === true
  }
  if (!check?.TCP) return true
  const [host = '', port = ''] = check.TCP.split(':')
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(port) }, () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
