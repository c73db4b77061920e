import { createServer } from 'node:net'
import { InfrakitError, messageOf } from '@infrakit/spi'
import { codeOf } from '@infrakit/store'
import type { SettledRoute } from './settle.js'

type Listen = SettledRoute['listen']

/** As a route has it: `10.0.0.1:80`, `[::1]:80`, `:80`. */
export function listenName({ address, port }: Listen): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}

/** Throws `plugin-failed`, saying why, when nobody could begin to listen there now. */
export async function checkListen(listen: Listen): Promise<void> {
  const server = createServer()
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen({ port: listen.port, host: listen.address || undefined, exclusive: true }, resolve)
    })
  } catch (cause) {
    throw cannotListen(listen, cause)
  } finally {
    await new Promise((resolve) => server.close(resolve))
  }
}

const reasons: Record<string, { readonly words: string; readonly hint: (listen: Listen) => string }> = {
  EADDRINUSE: {
    words: 'another process listens there',
    hint: ({ port }) => `End it, or choose another Listen. Who it is: ss -ltnp 'sport = :${port}'`,
  },
  EACCES: {
    words: 'it is not allowed',
    hint: () => 'Ports below 1024 need the right to use them: run the proxy with it, or choose another Listen.',
  },
  EADDRNOTAVAIL: { words: 'this machine has no such address', hint: () => 'Choose another Listen.' },
}

/** What somebody is told who could not listen. */
export function cannotListen(listen: Listen, cause: unknown): InfrakitError {
  const { words, hint } = reasons[codeOf(cause) ?? ''] ?? {}
  return new InfrakitError(
    'plugin-failed',
    `Listen: cannot listen on ${listenName(listen)}: ${words ?? messageOf(cause)}`,
    { path: 'Listen', hint: hint?.(listen) ?? 'Choose another Listen.', cause },
  )
}

/** For proxies that cannot begin or end TLS where they listen without failing requests. */
export function cannotChangeTls(listen: Listen): InfrakitError {
  const name = listenName(listen)
  return new InfrakitError('incompatible', `TLS: to begin or end TLS on ${name} fails the clients that it has`, {
    path: 'TLS',
    hint: `Remove the routes of ${name} first, choose another Listen, or set Hitless: false.`,
  })
}
