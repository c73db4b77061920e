import { Agent as HttpAgent, request as requestHttp, type IncomingMessage, type RequestOptions } from 'node:http'
import { Agent as HttpsAgent, request as requestHttps } from 'node:https'
import { isIP } from 'node:net'
import type { Address } from './address.js'
import { findingOf, type Finding } from './finding.js'
import type { RequestSettings } from './request-properties.js'
import { formatStatuses, isExpected } from './status-codes.js'

/** Begins an attempt. `done` is told the outcome, the first time it is called; what is returned ends the attempt. */
export type Attempt = (address: Address, done: (finding: Finding) => void) => () => void

export interface Agents {
  readonly http: HttpAgent
  readonly https: HttpsAgent
}

/** A probe must see a connection being made: none is kept, and no TLS session is resumed. */
export function newAgents(): Agents {
  return {
    http: new HttpAgent({ keepAlive: false }),
    https: new HttpsAgent({ keepAlive: false, maxCachedSessions: 0 }),
  }
}

/** An answer is read so far (bytes); one that goes on is complete enough. */
const longest = 1024 * 1024

/** Says of an answer whether it is the one expected. Pure. */
export function judgeAnswer(settings: RequestSettings, status: number, size: number, body: Buffer): Finding {
  const came = `answered ${status} (${size > longest ? `more than ${longest}` : size} bytes)`
  if (!isExpected(status, settings.expectStatus)) {
    return { outcome: 'bad', what: `${came}, expected ${formatStatuses(settings.expectStatus)}` }
  }
  const { expectBody } = settings
  if (expectBody === undefined || body.includes(expectBody)) return { outcome: 'good', what: came }
  return { outcome: 'bad', what: `${came}, without the text expected` }
}

function readAnswer(response: IncomingMessage, settings: RequestSettings, done: (finding: Finding) => void): void {
  const status = response.statusCode ?? 0
  const parts: Buffer[] = []
  let size = 0
  const judge = () => done(judgeAnswer(settings, status, size, Buffer.concat(parts)))
  response.on('data', (part: Buffer) => {
    size += part.length
    if (settings.expectBody !== undefined) parts.push(part)
    if (size > longest) judge()
  })
  response.once('end', judge)
  response.on('error', () => {
    done({ outcome: 'bad', what: `answered ${status}, and the connection broke off after ${size} bytes` })
  })
}

/** The request, as data. */
export function requestOptions(settings: RequestSettings, { host, port }: Address, agents: Agents): RequestOptions {
  const { scheme, method, path, headers } = settings
  const name = settings.host?.replace(/:\d+$/, '')
  return {
    host,
    port,
    method,
    path,
    headers: settings.host === undefined ? headers : { ...headers, Host: settings.host },
    agent: agents[scheme],
    ...(scheme === 'https' ? { rejectUnauthorized: !settings.skipVerify } : {}),
    ...(scheme === 'https' && name !== undefined && isIP(name) === 0 ? { servername: name } : {}),
  }
}

/** Sends a request. Redirects are not followed: where they lead to is not this instance. */
export function httpAttempt(settings: RequestSettings, agents: Agents): Attempt {
  const send = settings.scheme === 'https' ? requestHttps : requestHttp
  return (address, done) => {
    const request = send(requestOptions(settings, address, agents))
    request.on('error', (error) => done(findingOf(error)))
    request.once('response', (response) => readAnswer(response, settings, done))
    request.end()
    return () => request.destroy()
  }
}

/** What is requested, for messages; a query may be secret. */
export function formatRequest({ scheme, method, path }: RequestSettings, at: string): string {
  return `${method} ${scheme}://${at}${path.replace(/\?.*$/s, '?...')}`
}
