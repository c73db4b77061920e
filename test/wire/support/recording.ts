import { readFileSync } from 'node:fs'

/** The releases of the original that were recorded, oldest first. */
export const versions = ['v0.1.0', 'v0.4.1', 'v0.5', 'HEAD'] as const

export type Version = (typeof versions)[number]

/** A request as it was sent. */
export interface RawRequest {
  readonly method: string
  readonly path: string
  readonly body: string
  readonly contentType?: string
}

/** An answer as it came. */
export interface RawReply {
  readonly status: number
  readonly contentType: string | null
  readonly body: string
}

/** One recorded exchange, with where it stands. */
export interface Exchange {
  readonly file: string
  readonly index: number
  readonly name: string
  readonly plugin: string
  /** `go-client`: bytes of the real Go client; `probe`: sent by hand. */
  readonly sentBy: string
  readonly request: RawRequest
  readonly response: RawReply
}

/** One call of a recorded session. */
export interface SessionCall {
  readonly index: number
  readonly plugin: string
  readonly request: RawRequest
  /** Body of the answer; sessions do not say the status. */
  readonly response: string
}

// Compiled, this file is in test/dist/wire/support.
const folder = new URL('../../../wire/', import.meta.url)

export function readWireFile(name: string): string {
  return readFileSync(new URL(name, folder), 'utf8')
}

/** The recordings left out the content type, which the answer to a wrong one repeats. */
function contentTypeOf(answer: string): string {
  return /^rpc: unrecognized Content-Type: (.*)/.exec(answer)?.[1] ?? 'application/json'
}

export function readExchanges(version: Version): Exchange[] {
  const file = `${version}.json`
  const rows = JSON.parse(readWireFile(`recorded/${file}`)) as Omit<Exchange, 'file' | 'index'>[]
  return rows.map((row, index) => {
    const request = { ...row.request, contentType: contentTypeOf(row.response.body) }
    return { ...row, request, file, index }
  })
}

function sessionRequest(text: string, answer: string): RawRequest {
  const contentType = contentTypeOf(answer)
  const [, method, path] = /^(GET|POST) (\/\S*)$/.exec(text) ?? []
  if (method && path) return { method, path, body: '', contentType }
  return { method: 'POST', path: '/', body: text, contentType }
}

export function sessionFile(version: Version): string {
  return `sessions/${version}.jsonl`
}

export function readSession(version: Version): SessionCall[] {
  const lines = readWireFile(`recorded/${sessionFile(version)}`)
    .trimEnd()
    .split('\n')
  return lines.map((line, index) => {
    const { plugin, request, response } = JSON.parse(line) as { plugin: string; request: string; response: string }
    return { index, plugin, request: sessionRequest(request, response), response }
  })
}

export interface Message {
  readonly method: string
  readonly params: Record<string, unknown>
}

/** The call in a request body, or `undefined` when it is none. */
export function messageOf({ body }: Pick<RawRequest, 'body'>): Message | undefined {
  try {
    const { method, params } = JSON.parse(body) as { method?: unknown; params?: unknown }
    if (typeof method !== 'string') return undefined
    const request = (Array.isArray(params) ? params[0] : params) as Record<string, unknown> | undefined
    return { method, params: request ?? {} }
  } catch {
    return undefined
  }
}

/** What a call is named: its method, or what was asked of HTTP. */
export function nameOf(request: RawRequest): string {
  return messageOf(request)?.method ?? `${request.method} ${request.path}`
}

/** The result in the body of an answer; `undefined` when it holds none. */
export function resultOf(body: string): Record<string, unknown> | undefined {
  try {
    return (JSON.parse(body) as { result?: Record<string, unknown> }).result
  } catch {
    return undefined
  }
}
