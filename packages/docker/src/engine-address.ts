import { InfrakitError } from '@infrakit/spi'

/** How the far side of TLS is met. */
export interface TlsChoice {
  /** Folder with `ca.pem`, `cert.pem` and `key.pem`; those that are missing are done without. */
  readonly folder: string | undefined
  /** Paths, in place of those in a folder; what is named must be there. */
  readonly files?: {
    readonly ca?: string | undefined
    readonly cert?: string | undefined
    readonly key?: string | undefined
  }
  /** Whether the engine's certificate is checked. */
  readonly verify: boolean
}

/** Where an engine is. */
export type EngineAddress =
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'tls'; readonly host: string; readonly port: number; readonly tls: TlsChoice }
  | {
      readonly kind: 'ssh'
      readonly host: string
      readonly port: number | undefined
      readonly user: string | undefined
      /** The engine's socket over there, where it is not the default one. */
      readonly path: string | undefined
    }

const expected = 'expected unix:///path, tcp://host:port or ssh://user@host'

function refuse(text: string, source: string, why: string): InfrakitError {
  return new InfrakitError('input', `${source}: cannot use '${withoutPassword(text)}' as a Docker engine: ${why}`, {
    path: source,
    hint: `Give an address like ${expected.slice('expected '.length)}, or unset it for the default socket.`,
  })
}

function withoutPassword(text: string): string {
  return text.replace(/:[^:@/]*@/, ':...@')
}

function parseUrl(text: string, source: string): URL {
  try {
    // Only special schemes have their hosts checked and brackets removed.
    return new URL(text.replace(/^(tcp|ssh):/, 'http:'))
  } catch {
    throw refuse(text, source, expected)
  }
}

function parseTcp(text: string, source: string, tls: TlsChoice | undefined): EngineAddress {
  const url = parseUrl(text, source)
  if (url.username || url.password) throw refuse(text, source, 'an engine on TCP takes certificates, no user')
  if (url.pathname !== '/' || url.search || url.hash) throw refuse(text, source, 'nothing may follow the port')
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  // The parser of URLs drops a port 80, which is http's own.
  const port = Number(url.port || (/:80\/?$/.test(text) ? 80 : tls ? 2376 : 2375))
  return tls ? { kind: 'tls', host, port, tls } : { kind: 'tcp', host, port }
}

function parseSsh(text: string, source: string): EngineAddress {
  const url = parseUrl(text, source)
  const [user, host] = [decodeURIComponent(url.username), url.hostname.replace(/^\[(.*)\]$/, '$1')]
  if (url.password) throw refuse(text, source, 'ssh takes no password here; use a key or the agent')
  // What begins with a dash would be an option of the ssh program.
  if (/^-/.test(user) || /^-/.test(host)) throw refuse(text, source, 'neither user nor host may begin with a dash')
  if (!/^[\w./-]*$/.test(url.pathname))
    throw refuse(text, source, 'the path of the socket has characters a shell minds')
  const port = Number(url.port) || (/:80(\/|$)/.test(text) ? 80 : undefined)
  return { kind: 'ssh', host, port, user: user || undefined, path: url.pathname === '/' ? undefined : url.pathname }
}

/**
 * Reads the address of an engine as DOCKER_HOST and contexts have it. Pure.
 *
 * @param source what to name when it is wrong, e.g. `DOCKER_HOST`
 * @param tls how to use TLS on TCP; without it, TCP is plain
 * @throws InfrakitError `input`
 */
export function parseAddress(text: string, source: string, tls?: TlsChoice): EngineAddress {
  const scheme = /^([a-z]+):\/\//i.exec(text)?.[1]?.toLowerCase()
  if (scheme === 'unix') {
    const path = text.slice('unix://'.length)
    if (!path.startsWith('/')) throw refuse(text, source, 'the path of the socket must begin with a slash')
    return { kind: 'unix', path }
  }
  if (scheme === 'tcp' || scheme === 'http') return parseTcp(text, source, tls)
  if (scheme === 'https') return parseTcp(text, source, tls ?? { folder: undefined, verify: true })
  if (scheme === 'ssh') return parseSsh(text, source)
  if (scheme === undefined && /^[^/\s]+:\d+$/.test(text)) return parseTcp(`tcp://${text}`, source, tls)
  throw refuse(text, source, scheme ? `there is no way to '${scheme}://'` : expected)
}

/** The address as people write it. */
export function describeAddress(address: EngineAddress): string {
  if (address.kind === 'unix') return `unix://${address.path}`
  const host = address.host.includes(':') ? `[${address.host}]` : address.host
  if (address.kind !== 'ssh') return `tcp://${host}:${address.port}`
  const user = address.user === undefined ? '' : `${address.user}@`
  return `ssh://${user}${host}${address.port === undefined ? '' : `:${address.port}`}${address.path ?? ''}`
}
