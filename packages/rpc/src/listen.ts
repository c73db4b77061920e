import { createHash, timingSafeEqual } from 'node:crypto'
import { lstatSync, renameSync, type Stats } from 'node:fs'
import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { isIP, type AddressInfo } from 'node:net'
import { InfrakitError } from '@infrakit/spi'
import { checkSocketPath, type ServerTls } from './address.js'
import { sendText } from './http-text.js'

/** Where a server listens: a Unix socket, or TCP with TLS client certificates, a bearer token, or both. */
export type Where =
  | { readonly path: string }
  | { readonly host: string; readonly port: number; readonly tls?: ServerTls; readonly token?: string }

/** A server that listens. */
export interface Listener {
  readonly server: Server
  readonly port?: number
  /** Accepts no more connections; the socket is removed if it is still ours. */
  stop(): void
  /** Resolves once it is stopped and the last connection is gone. */
  readonly closed: Promise<void>
}

/** Clients keep connections; ours must not be the side that closes one just as a request is written. */
const keepAliveMs = 65_000
const headersMs = 15_000
const checkMs = 5000
/** Connections that may wait to be accepted; a full queue turns clients away. Linux allows 4096. */
const backlog = 4096

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

/** Lets only requests through that carry the token; compared in constant time. */
function withToken(token: string, listener: RequestListener): RequestListener {
  const wanted = digest(`Bearer ${token}`)
  return (req, res) => {
    if (timingSafeEqual(digest(req.headers.authorization ?? ''), wanted)) listener(req, res)
    else sendText(res, 401, 'a bearer token is required\n', { 'WWW-Authenticate': 'Bearer' })
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}

function createServerFor(where: Where, listener: RequestListener, requestMs: number): Server {
  const options = {
    keepAliveTimeout: keepAliveMs,
    requestTimeout: requestMs,
    headersTimeout: Math.min(headersMs, requestMs),
    connectionsCheckingInterval: Math.min(checkMs, requestMs),
  }
  if ('path' in where) return createHttpServer(options, listener)
  const guarded = where.token === undefined ? listener : withToken(where.token, listener)
  if (!where.tls) return createHttpServer(options, guarded)
  return createHttpsServer({ ...options, ...where.tls, requestCert: true, rejectUnauthorized: true }, guarded)
}

function listenError(error: NodeJS.ErrnoException, what: string): InfrakitError {
  const message = `cannot listen on ${what}: ${error.message}`
  if (error.code === 'EADDRINUSE') return new InfrakitError('conflict', message, { cause: error })
  return new InfrakitError('unavailable', message, { cause: error })
}

function statOf(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false })
}

/** Binds at once; nobody but the owner can connect, not even for a moment. */
function bindPrivately(server: Server, path: string): void {
  const before = process.umask(0o177)
  try {
    server.listen(path, backlog)
  } finally {
    process.umask(before)
  }
}

/** Closes a server on a socket. Node removes whatever is at its path, so that a successor's socket steps aside. */
function stopSocket(server: Server, path: string, own: Stats | undefined): void {
  const now = statOf(path)
  const foreign = now !== undefined && (now.ino !== own?.ino || now.dev !== own.dev)
  const aside = `${path}.${process.pid}`
  if (foreign) renameSync(path, aside)
  server.close()
  if (foreign) renameSync(aside, path)
}

/**
 * Listens. Throws `input` for a path that is too long and for TCP that would be open to anybody, `conflict` when the
 * address is in use, `unavailable` when it cannot be bound.
 */
export async function listen(
  where: Where,
  listener: RequestListener,
  options: { requestMs: number; prepare: (server: Server, secure: boolean) => void },
): Promise<Listener> {
  if ('path' in where) checkSocketPath(where.path)
  else if (!where.tls && where.token === undefined && !isLoopback(where.host)) {
    throw new InfrakitError('input', `refused to serve ${where.host}:${where.port} to anybody who can reach it`, {
      hint: 'give TLS keys or a token, or listen on 127.0.0.1',
    })
  }
  const server = createServerFor(where, listener, options.requestMs)
  // Clients may end sending before they have their answer.
  Object.assign(server, { httpAllowHalfOpen: true })
  options.prepare(server, !('path' in where) && where.tls !== undefined)
  const what = 'path' in where ? where.path : `${where.host}:${where.port}`
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(listenError(error, what)))
    server.once('listening', resolve)
    if ('path' in where) bindPrivately(server, where.path)
    else server.listen(where.port, where.host, backlog)
  })
  server.removeAllListeners('error')
  const closed = new Promise<void>((resolve) => void server.once('close', resolve))
  if ('path' in where) {
    const own = statOf(where.path)
    return { server, closed, stop: () => stopSocket(server, where.path, own) }
  }
  return { server, closed, port: (server.address() as AddressInfo).port, stop: () => void server.close() }
}
