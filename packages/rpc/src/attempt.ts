import type { IncomingMessage } from 'node:http'
import type { Connection, Connector, Sent } from './connect.js'
import { cancelledError, remaining, timeoutError, type Deadline } from './deadline.js'

/** What a plugin answered, whole. */
export interface Answer {
  readonly status: number
  readonly body: Buffer
}

/** A request that got no answer. */
export interface Failure {
  readonly error: NodeJS.ErrnoException
  /**
   * How far it came: `connect` (nothing was sent), `write` (not all of it was sent), `sent` (it may have been read),
   * `half` (the answer broke off).
   */
  readonly stage: 'connect' | 'write' | 'sent' | 'half'
  /** It went on a kept connection, which the other side may have closed just before. */
  readonly reused: boolean
}

/** A plugin that answers with more than this is taken for broken. */
const maxAnswerBytes = 64 * 1024 * 1024

function stageOf(error: NodeJS.ErrnoException, connected: boolean): Failure['stage'] {
  if (!connected || error.syscall === 'connect') return 'connect'
  // The kernel refused the last of it, so that the other side never had a whole request.
  return error.code === 'EPIPE' ? 'write' : 'sent'
}

/** Sends one request once and collects the answer. Throws `timeout` only; whatever else happens is returned. */
export function attempt(
  connector: Connector,
  sent: Sent,
  on: Connection,
  deadline: Deadline,
  what: string,
): Promise<Answer | Failure> {
  return new Promise((resolve, reject) => {
    const { signal } = deadline
    if (signal?.aborted) return reject(cancelledError(what, signal))
    const req = connector.open(sent, on)
    let connected = false
    const onAbort = () => giveUp(cancelledError(what, signal as AbortSignal))
    const timer = setTimeout(() => giveUp(timeoutError(what, deadline)), remaining(deadline))
    signal?.addEventListener('abort', onAbort)

    function settle(): void {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
    }
    function giveUp(error: Error): void {
      settle()
      reject(error)
      req.destroy()
    }
    function fail(error: Error, stage: Failure['stage']): void {
      settle()
      resolve({ error, stage, reused: req.reusedSocket })
      req.destroy()
    }
    function collect(res: IncomingMessage): void {
      const chunks: Buffer[] = []
      let size = 0
      res.on('data', (chunk: Buffer) => {
        chunks.push(chunk)
        size += chunk.length
        if (size > maxAnswerBytes) fail(new Error(`the answer is longer than ${maxAnswerBytes} bytes`), 'half')
      })
      res.once('end', () => {
        settle()
        const [only] = chunks
        const whole = chunks.length === 1 && only ? only : Buffer.concat(chunks, size)
        resolve({ status: res.statusCode ?? 0, body: whole })
      })
      res.once('error', (error) => fail(error, 'half'))
    }

    req.once('socket', (socket) => {
      if (!socket.connecting) connected = true
      else socket.once('encrypted' in socket ? 'secureConnect' : 'connect', () => (connected = true))
    })
    req.once('response', collect)
    req.on('error', (error) => fail(error, stageOf(error, connected)))
    req.end(sent.body)
  })
}
