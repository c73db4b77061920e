import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { InfrakitError, messageOf, parsePluginName, type ErrorKind } from '@infrakit/spi'
import { get, type Answer } from './get.js'

export interface ContentOptions {
  /** Folder of the sockets that `unix://NAME/path` names. */
  readonly pluginsDir: string
  /** Longest time for reading it all. Default 10 s. */
  readonly timeoutMs?: number
  /** Default 1 MiB. */
  readonly maxBytes?: number
  readonly signal?: AbortSignal | undefined
}

const schemes = 'Give str://TEXT, file:///PATH, an absolute path, http://, https:// or unix://NAME/PATH.'

/** A URL for messages: user, password and query can be secret, and the text of `str://` is long. */
function shown(url: string): string {
  if (url.startsWith('str://')) return 'str://...'
  return url.replace(/^([a-z]+:\/\/)[^/?#]*@/i, '$1').replace(/\?.*$/s, '?...')
}

function failure(kind: ErrorKind, url: string, what: string, options: { hint?: string; cause?: unknown } = {}) {
  const path = 'Properties.InitScriptTemplateURL'
  return new InfrakitError(kind, `${path}: cannot read '${shown(url)}': ${what}`, { path, ...options })
}

async function collect(url: string, chunks: AsyncIterable<Uint8Array>, maxBytes: number): Promise<string> {
  const parts: Uint8Array[] = []
  let size = 0
  for await (const chunk of chunks) {
    size += chunk.byteLength
    if (size > maxBytes) throw failure('input', url, `it is larger than ${maxBytes} bytes`)
    parts.push(chunk)
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(parts))
  } catch (cause) {
    throw failure('input', url, 'it is not UTF-8 text', { cause })
  }
}

/** Path of the file that a URL names, `undefined` when it names none. */
function filePath(url: string): string | undefined {
  if (url.startsWith('/')) return url
  if (!url.startsWith('file:')) return undefined
  try {
    return fileURLToPath(url)
  } catch (cause) {
    throw failure('input', url, 'it names no absolute path', { hint: 'Write file:///PATH.', cause })
  }
}

async function openFile(url: string, path: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
  // Opening a named pipe would wait for a writer, and a device might never end.
  if (!(await stat(path)).isFile()) throw failure('input', url, 'it is not a file')
  return createReadStream(path, { signal })
}

function request(url: string, pluginsDir: string, signal: AbortSignal): Promise<Answer> {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  const scheme = parsed?.protocol
  if (!parsed || !['http:', 'https:', 'unix:'].includes(scheme ?? '')) {
    throw failure('input', url, parsed ? `scheme '${scheme?.slice(0, -1)}' is not known` : 'it is not a URL', {
      hint: schemes,
    })
  }
  if (scheme !== 'unix:') return get(parsed, { signal })
  const socketPath = join(pluginsDir, parsePluginName(parsed.hostname).socket)
  return get(new URL(`http://localhost${parsed.pathname}${parsed.search}`), { socketPath, signal })
}

async function open(url: string, pluginsDir: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
  const path = filePath(url)
  if (path !== undefined) return openFile(url, path, signal)
  const answer = await request(url, pluginsDir, signal)
  if (answer.status === 200) return answer.body
  const { status } = answer
  throw failure(status >= 500 || status === 429 ? 'unavailable' : 'input', url, `the server answered ${status}`)
}

/** What went wrong, by the table: a missing file is the user's to mend, a silent server may come back. */
function explain(error: unknown, url: string, timeout: AbortSignal, timeoutMs: number): unknown {
  if (error instanceof InfrakitError) return error
  if (timeout.aborted) return failure('unavailable', url, `no answer within ${timeoutMs} ms`, { cause: error })
  const code = (error as NodeJS.ErrnoException).code
  if (filePath(url) === undefined) return failure('unavailable', url, code ?? messageOf(error), { cause: error })
  const reasons: Record<string, string> = { ENOENT: 'there is no such file', EACCES: 'permission denied' }
  return failure('input', url, reasons[code ?? ''] ?? messageOf(error), {
    hint: 'The file must be readable where the flavor plugin runs.',
    cause: error,
  })
}

/**
 * Reads the text that a URL stands for. Throws `input` (unknown scheme, no such file, refused by the server, too large,
 * not text) or `unavailable` (no server, or none that answers in time).
 */
export async function readContent(url: string, options: ContentOptions): Promise<string> {
  const { timeoutMs = 10_000, maxBytes = 1024 * 1024 } = options
  if (url.startsWith('str://')) return url.slice('str://'.length)
  const timeout = AbortSignal.timeout(timeoutMs)
  const signal = options.signal ? AbortSignal.any([timeout, options.signal]) : timeout
  try {
    return await collect(url, await open(url, options.pluginsDir, signal), maxBytes)
  } catch (error) {
    throw explain(error, url, timeout, timeoutMs)
  }
}
