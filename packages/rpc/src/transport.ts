import { setTimeout as sleep } from 'node:timers/promises'
import { InfrakitError } from '@infrakit/spi'
import { checkSocketPath, formatAddress, type Address } from './address.js'
import { attempt, type Answer, type Failure } from './attempt.js'
import { createConnector, type Connection, type Sent } from './connect.js'
import { remaining, type Deadline } from './deadline.js'
import { subscribe, type Subscriber } from './sse-client.js'

/** Sends requests to one address over kept connections. */
export interface Transport {
  /**
   * Posts a call. One that changes nothing is repeated once when a kept connection turns out to be closed; one that
   * mutates goes on a connection that cannot be closing, and is never repeated. Throws `unavailable`, `timeout` or `plugin-failed`.
   */
  post(body: string, mutates: boolean, deadline: Deadline, what: string): Promise<Answer>
  get(path: string, deadline: Deadline, what: string): Promise<Answer>
  /** Listens to events, see `subscribe` in sse-client. */
  subscribe(topic: string, on: Subscriber, heartbeatMs: number): void
  close(): void
}

/** First and longest pause before a full queue of connections is tried again. */
const queueFullMs = [5, 200] as const

/** Codes of node:tls and OpenSSL, e.g. SELF_SIGNED_CERT_IN_CHAIN, ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED. */
const tlsTrouble = /SSL|TLS|CERT|SIGNATURE|ISSUER|^EPROTO$/
const tlsFiles = 'INFRAKIT_TLS_CA, INFRAKIT_TLS_CERT and INFRAKIT_TLS_KEY'

function hintFor({ code = '' }: NodeJS.ErrnoException, address: Address): string {
  if (tlsTrouble.test(code)) return `one side refused the other: are ${tlsFiles} set to the right files?`
  const running = 'is it running? `infrakit plugin ls` shows what is'
  // Who does not like a certificate, or expects one, may just hang up.
  const mayBeTls = !('path' in address) && code !== 'ECONNREFUSED'
  return mayBeTls ? `${running}; if it is served with TLS, are ${tlsFiles} set to the right files?` : running
}

function failureError(failure: Failure, mutates: boolean, what: string, address: Address): InfrakitError {
  const { error, stage } = failure
  const reason = error.code ?? error.message
  const where = formatAddress(address)
  const hint = hintFor(error, address)
  if (stage === 'connect') {
    const message = `${what}: cannot connect to ${where} (${reason}); nothing was sent`
    return new InfrakitError('unavailable', message, { hint, cause: error })
  }
  if (stage === 'half') {
    return new InfrakitError('plugin-failed', `${what}: the answer from ${where} broke off (${reason})`, {
      ...(mutates ? { hint: 'whether it was done is not known; look before trying again' } : {}),
      cause: error,
    })
  }
  const lost = `${what}: ${where} closed the connection without an answer (${reason})`
  if (!mutates) return new InfrakitError('unavailable', lost, { hint, cause: error })
  if (stage === 'write') return new InfrakitError('unavailable', `${lost}; it was not done`, { hint, cause: error })
  return new InfrakitError('unavailable', `${lost}; whether it was done is not known`, {
    hint: 'look before trying again',
    cause: error,
  })
}

/** @param onBroken told when a kept connection or a call broke: what was known of the other side may no longer hold */
export function createTransport(address: Address, onBroken: () => void): Transport {
  if ('path' in address) checkSocketPath(address.path)
  const connector = createConnector(address, (socket) => socket.once('close', onBroken))
  const token = 'path' in address ? undefined : address.token
  const authorization = token === undefined ? [] : ['Authorization', `Bearer ${token}`]
  const jsonHeaders = ['Content-Type', 'application/json', ...authorization, 'Content-Length']
  let closed = false

  async function send(sent: Sent, mutates: boolean, deadline: Deadline, what: string): Promise<Answer> {
    if (closed) throw new InfrakitError('unavailable', `${what}: the client was closed`)
    const ready = connector instanceof Promise ? await connector : connector
    let on: Connection = mutates ? 'promised' : 'kept'
    let pause: number = queueFullMs[0]
    for (;;) {
      const outcome = await attempt(ready, sent, on, deadline, what)
      if ('status' in outcome) return outcome
      const { error, stage, reused } = outcome
      const queueFull = stage === 'connect' && error.code === 'EAGAIN'
      if (queueFull && remaining(deadline) > pause) {
        await sleep(pause * (0.5 + Math.random() / 2))
        pause = Math.min(pause * 2, queueFullMs[1])
        continue
      }
      onBroken()
      if (on !== 'kept' || !reused || stage === 'half') throw failureError(outcome, mutates, what, address)
      on = 'fresh'
    }
  }

  return {
    post(body, mutates, deadline, what) {
      const headers = [...jsonHeaders, String(Buffer.byteLength(body))]
      return send({ method: 'POST', path: '/', headers, body }, mutates, deadline, what)
    },
    get: (path, deadline, what) => send({ method: 'GET', path, headers: authorization }, false, deadline, what),
    subscribe: (topic, on, heartbeatMs) =>
      subscribe(topic, on, { connector, headers: authorization, heartbeatMs, onBroken }),
    close() {
      closed = true
      void Promise.resolve(connector).then((made) => made.close())
    },
  }
}
