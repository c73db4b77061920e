import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'

/** They hold for one connection, and are never passed on. What a connection means to pass on is in `Connection` as well. */
const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** Of requests: answered here, or told anew to the server. */
const ours = new Set([
  'expect',
  'content-length',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'forwarded',
  'http2-settings',
])

/** What `Connection` cannot take away: it is needed to understand the message, or said by the proxy. */
const kept = new Set(['host', 'content-length'])

/** The names in `Connection`, which hold for this connection alone. */
function namedBy(connection: string | undefined): ReadonlySet<string> | undefined {
  if (connection === undefined || connection === '' || /^(keep-alive|close|upgrade)$/i.test(connection))
    return undefined
  const names = connection.split(',').map((name) => name.trim().toLowerCase())
  return new Set(names.filter((name) => !kept.has(name)))
}

/** Address of a client as everybody writes it: IPv4 ones without the form that IPv6 has for them. */
export function addressOf(socket: Socket): string {
  const address = socket.remoteAddress ?? ''
  return address.startsWith('::ffff:') ? address.slice(7) : address
}

export interface Client {
  readonly address: string
  readonly proto: 'http' | 'https'
}

/**
 * The headers for a server: those of the request in their order, less those of the connection, and who asked. What the request
 * says of that itself stands before it: the last address is the one that the proxy saw.
 *
 * @param host the host that was asked for
 */
export function toServer({ rawHeaders, headers }: IncomingMessage, host: string, client: Client): string[] {
  const named = namedBy(headers.connection)
  const out: string[] = ['host', host]
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const [name = '', value = ''] = [rawHeaders[at], rawHeaders[at + 1]]
    const lower = name.toLowerCase()
    if (lower === 'host' || hopByHop.has(lower) || ours.has(lower) || named?.has(lower)) continue
    out.push(name, value)
  }
  const { address, proto } = client
  const before = headers['x-forwarded-for']
  const via = address.includes(':') ? `"[${address}]"` : address
  const asked = `for=${via};host="${host.replace(/["\\]/g, '')}";proto=${proto}`
  out.push('x-forwarded-for', before === undefined ? address : `${String(before)}, ${address}`)
  out.push('x-forwarded-host', host, 'x-forwarded-proto', proto)
  out.push('forwarded', headers.forwarded === undefined ? asked : `${headers.forwarded}, ${asked}`)
  return out
}

/** The head of a request in HTTP/1.1. @param asks its method and path */
export function headOf(asks: string, headers: readonly string[]): string {
  let head = `${asks} HTTP/1.1\r\n`
  for (let at = 0; at + 1 < headers.length; at += 2) head += `${headers[at]}: ${headers[at + 1]}\r\n`
  return `${head}\r\n`
}

/** The head of a request as it would be had it not asked for another protocol. */
export function withoutUpgrade({ method, url, httpVersion, rawHeaders }: IncomingMessage): string {
  const lines = [`${method} ${url} HTTP/${httpVersion}`]
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const [name = '', value = ''] = [rawHeaders[at], rawHeaders[at + 1]]
    const lower = name.toLowerCase()
    if (lower === 'upgrade' || lower === 'http2-settings') continue
    const rest = value.split(',').filter((token) => !/^\s*(upgrade|http2-settings)\s*$/i.test(token))
    if (lower !== 'connection') lines.push(`${name}: ${value}`)
    else if (rest.length > 0) lines.push(`${name}: ${rest.join(',')}`)
  }
  return `${lines.join('\r\n')}\r\n\r\n`
}

export interface Answer {
  readonly headers: string[]
  /** Whether the server keeps the connection. */
  readonly keepsAlive: boolean
  /** For how long it says that it does (ms); 0 when it does not say. */
  readonly promisedMs: number
}

/** The headers for a client: those of the answer in their order, less those of the connection. */
export function toClient(raw: readonly string[]): Answer {
  const headers: string[] = []
  let [keepsAlive, promisedMs]: [boolean, number] = [true, 0]
  let named: ReadonlySet<string> | undefined
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const [name = '', value = ''] = [raw[at], raw[at + 1]]
    const lower = name.toLowerCase()
    if (lower === 'connection') {
      if (/(^|[\s,])close($|[\s,])/i.test(value)) keepsAlive = false
      named = namedBy(value)
    } else if (lower === 'keep-alive') {
      promisedMs = 1000 * Number(/(?:^|[\s,;])timeout=(\d{1,6})/i.exec(value)?.[1] ?? 0)
    }
    if (!hopByHop.has(lower)) headers.push(name, value)
  }
  return { headers: named ? without(headers, named) : headers, keepsAlive, promisedMs }
}

function without(headers: readonly string[], names: ReadonlySet<string>): string[] {
  return headers.filter((_, at) => !names.has((headers[at - (at % 2)] ?? '').toLowerCase()))
}
