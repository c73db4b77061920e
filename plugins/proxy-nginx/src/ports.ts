import { createServer } from 'node:net'
import { InfrakitError, messageOf } from '@infrakit/spi'
import { codeOf } from '@infrakit/store'
import type { Listening } from './lua-configuration.js'

export function nameOf({ address, port }: Pick<Listening, 'address' | 'port'>): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}

/** Throws `plugin-failed` when nobody could listen there. */
export async function refuseTaken({ address, port }: Listening): Promise<void> {
  const server = createServer()
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen({ port, host: address === '' ? '::' : address }, resolve)
    })
  } catch (cause) {
    const name = nameOf({ address, port })
    const taken = codeOf(cause) === 'EADDRINUSE'
    const words = taken ? 'another process listens there' : messageOf(cause)
    throw new InfrakitError('plugin-failed', `Listen: nginx cannot listen on ${name}: ${words}`, {
      path: 'Listen',
      hint: taken ? 'End that process, or choose another Listen.' : 'Choose another Listen.',
      cause,
    })
  } finally {
    await new Promise((resolve) => server.close(resolve))
  }
}
