import type { IncomingMessage } from 'node:http'

/** What a request asks for. */
export interface Target {
  /** As it was sent: with its port, in its own letters. */
  readonly host: string
  /** In small letters, without a port: what routes are chosen by. */
  readonly hostname: string
  /** Without the query. */
  readonly path: string
  /** With `?`, or nothing. */
  readonly query: string
}

/** Steps that a server may resolve to a path that is not below the prefix by which the route was chosen. */
const steps = /(^|[/\\])(\.|%2e){1,2}([/\\]|$)/i

/** What a request asks for; in words what is wrong with it, when it makes no sense or could mean two things. */
export function targetOf({ url = '', headers }: IncomingMessage): Target | string {
  let [rest, host] = [url, headers.host ?? '']
  if (!rest.startsWith('/')) {
    // As proxies are asked; RFC 9112 says that this host counts.
    const absolute = /^https?:\/\/([^/?#@]+)([/?].*)?$/i.exec(rest)
    if (!absolute) return 'the target of the request is no path'
    host = absolute[1] ?? ''
    rest = absolute[2] ?? '/'
    if (rest.startsWith('?')) rest = `/${rest}`
  }
  if (!/^[A-Za-z0-9._~:[\]-]*$/.test(host)) return 'the host of the request is no name'
  const hash = rest.indexOf('#')
  if (hash >= 0) return 'the target of the request has a fragment'
  const mark = rest.indexOf('?')
  const path = mark < 0 ? rest : rest.slice(0, mark)
  if ((path.includes('.') || path.includes('%')) && steps.test(path)) return "the path has steps such as '..'"
  const hostname = host.replace(/:\d*$/, '').replace(/\.$/, '').toLowerCase()
  return { host, hostname, path, query: mark < 0 ? '' : rest.slice(mark) }
}

/** What the server is asked for. */
export function pathFor(
  { path, query }: Target,
  { stripPrefix, pathPrefix }: { stripPrefix: boolean; pathPrefix: string },
): string {
  if (!stripPrefix || pathPrefix === '/') return path + query
  return (path.slice(pathPrefix.length) || '/') + query
}
