import type { IncomingMessage } from 'node:http'
import type Dockerode from 'dockerode'

/** What of docker-modem's request is looked at here. */
interface Dial {
  readonly method?: string
  readonly isStream?: boolean
  readonly hijack?: boolean
  readonly openStdin?: boolean
  readonly abortSignal?: AbortSignal | undefined
  readonly options?: { readonly abortSignal?: AbortSignal } | undefined
}

type Done = (error: unknown, value: unknown) => void

interface Modem {
  dial(request: Dial, done: Done): void
}

/** Larger answers are no description of anything. */
const longestAnswer = 256 * 1024 * 1024

async function readWhole(answer: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  let length = 0
  // Unlike docker-modem's own reading this throws when the connection is cut before the end.
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > longestAnswer) throw new Error(`an answer longer than ${longestAnswer} bytes`)
    chunks.push(chunk)
  }
  const body = Buffer.concat(chunks)
  if (!(answer.headers['content-type'] ?? '').includes('json') || body.length === 0) return body
  return JSON.parse(body.toString('utf8'))
}

/** The connection ended under a request: idle ones do when the engine restarts. */
function wasCut(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE')
}

/**
 * Makes every call of a client end. docker-modem waits for ever for the rest of an answer whose connection was cut, and
 * takes whatever is no JSON for one. Here the first is an error, and a read is tried once more: it may have met a
 * connection that had just been closed.
 */
export function readWholeAnswers(docker: Dockerode): void {
  const modem = docker.modem as unknown as Modem
  const dial = modem.dial.bind(modem)

  function attempt(request: Dial, retries: number, done: Done): void {
    // It takes options out of what it is given.
    const copy = { ...request, ...(request.options && { options: { ...request.options } }), isStream: true }
    const failed = (error: unknown) => {
      if (retries > 0 && wasCut(error) && !request.abortSignal?.aborted) attempt(request, retries - 1, done)
      else done(error, null)
    }
    dial(copy, (error, answer) => {
      if (error) failed(error)
      else readWhole(answer as IncomingMessage).then((value) => done(null, value), failed)
    })
  }

  modem.dial = (given, done) => {
    // Some of dockerode's methods hand the signal on as an option only.
    const request = { ...given, abortSignal: given.abortSignal ?? given.options?.abortSignal }
    if (request.isStream || request.hijack || request.openStdin) dial(request, done)
    else attempt(request, request.method === 'GET' ? 1 : 0, done)
  }
}
