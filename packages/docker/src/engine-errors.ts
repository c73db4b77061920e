import { InfrakitError, messageOf, type ErrorKind } from '@infrakit/spi'

const notRunning = 'Is the engine running? Start it, or name another one in DOCKER_HOST.'

/** What to do about a connection that did not come about, by the code of the system's or of TLS's error. */
const connectHints: Readonly<Record<string, string>> = {
  ENOENT: notRunning,
  ECONNREFUSED: notRunning,
  EACCES: 'You may not open the socket: join the group docker (and log in again), or run this as root.',
  EPERM: 'You may not open the socket: join the group docker (and log in again), or run this as root.',
  ENOTFOUND: 'The name of the host is not known; look at DOCKER_HOST or the Docker context.',
  EAI_AGAIN: 'The name of the host could not be looked up; is the network up?',
  ECONNRESET: 'The engine, or what stands before it, closed the connection; it is tried again with the next call.',
  EPIPE: 'The engine, or what stands before it, closed the connection; it is tried again with the next call.',
  ETIMEDOUT: 'Nothing answers there; look at the address and at firewalls.',
  EHOSTUNREACH: 'There is no way to that host; look at the address and the network.',
  ENETUNREACH: 'There is no way to that host; look at the address and the network.',
  ENOTDIR: notRunning,
  ENOTSOCK: 'There is a file where the socket should be; look at DOCKER_HOST.',
  EPROTO: 'The other side speaks no TLS; unset DOCKER_TLS_VERIFY and DOCKER_CERT_PATH, or use the TLS port.',
  ESSH: 'Try `ssh HOST docker version` by hand: it must work without asking anything.',
}

const tlsHint = 'Its certificate is not of the authority in ca.pem (DOCKER_CERT_PATH), or not for this name.'
const clientCertificate = 'The engine wants a certificate: cert.pem and key.pem in DOCKER_CERT_PATH, of its authority.'
const notAnEngine = 'What answers there is not a Docker engine, or something between changes its answers.'

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}

function statusOf(error: unknown): number | undefined {
  return error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : undefined
}

/** Of an engine that is in a swarm, which asks others for what it does not have, and hands on their words. */
const notFoundElsewhere = /rpc error: code = NotFound/

/** What a swarm says with a status that hides it, and what it means. */
const swarmWords: readonly (readonly [words: RegExp, kind: ErrorKind, hint: string])[] = [
  [
    /is not a swarm manager/,
    'unavailable',
    'Name an engine that is a manager, or make a swarm with `docker swarm init`.',
  ],
  [
    /does not have a leader|code = (Unavailable|DeadlineExceeded)|context deadline exceeded|raft: (stopped|proposal dropped)/,
    'unavailable',
    'More than half of the managers have to be there: `docker node ls` says which are.',
  ],
  [/update out of sequence/, 'conflict', 'Somebody else changed it at the same time: look again.'],
  [/code = (InvalidArgument|FailedPrecondition)/, 'input', ''],
]

/** The kind of failure that a status of HTTP means. */
export function kindOfStatus(status: number): ErrorKind {
  if (status === 400 || status === 401 || status === 403) return 'input'
  if (status === 404) return 'not-found'
  if (status === 409) return 'conflict'
  return status === 408 || status === 429 || (status > 500 && status < 600) ? 'unavailable' : 'plugin-failed'
}

/** The engine's own words, of which the client has made `(HTTP code 404) no such container - WORDS`. */
export function wordsOf(error: unknown): string {
  const message = messageOf(error).trim()
  return /^\(HTTP code \d+\) [^-]*- ([\s\S]*)$/.exec(message)?.[1]?.trim() || message
}

function answerHint(status: number, words: string): string | undefined {
  if (/port is already allocated|address already in use/.test(words)) {
    return 'Something else listens on that port: end it, or choose another port.'
  }
  if (/no space left on device/.test(words)) return 'The disk of the engine is full: `docker system df` says with what.'
  const [, busy] = /unlinkat (\S+): device or resource busy/.exec(words) ?? []
  if (busy)
    return `It is still mounted on the machine of the engine: end the engine, run \`umount ${busy}\`, and start it again.`
  if (status === 404 && /no such image/i.test(words)) return 'Pull the image, or correct its name.'
  return undefined
}

/** Whether the error says that the other side broke off or was never there. */
function connectHint(error: unknown): string | undefined {
  const code = codeOf(error)
  if (connectHints[code]) return connectHints[code]
  if (/ALERT_(BAD_CERTIFICATE|CERTIFICATE_REQUIRED|UNKNOWN_CA|HANDSHAKE)/.test(code)) return clientCertificate
  if (/CERT|SELF_SIGNED|UNABLE_TO_/.test(code)) return tlsHint
  if (/^ERR_SSL_/.test(code)) return connectHints['EPROTO']
  if (/^HPE_/.test(code) || error instanceof SyntaxError) return notAnEngine
  return undefined
}

/**
 * What a call of the engine's client threw, as an error of ours: `not-found`, `conflict`, `input` and `plugin-failed` are
 * the engine's answer, `unavailable` means that there was none. Errors of ours stay what they are.
 *
 * @param attempt what was tried, e.g. `start container web-1`
 * @param where the engine's address
 */
export function engineError(attempt: string, where: string, error: unknown): InfrakitError {
  if (error instanceof InfrakitError) return error
  const status = statusOf(error)
  if (status !== undefined) {
    const words = wordsOf(error)
    const [, known, swarmHint] = swarmWords.find(([said]) => said.test(words)) ?? []
    const kind = notFoundElsewhere.test(words) ? 'not-found' : (known ?? kindOfStatus(status))
    const hint = answerHint(status, words) ?? (swarmHint || (kind === 'unavailable' ? notAnEngine : undefined))
    return new InfrakitError(kind, `cannot ${attempt}: ${words}`, { hint, cause: error })
  }
  const hint = connectHint(error)
  const kind = hint === undefined ? 'plugin-failed' : 'unavailable'
  const message = error instanceof SyntaxError ? 'the answer is no JSON' : messageOf(error)
  return new InfrakitError(kind, `cannot ${attempt}: the Docker engine at ${where} cannot be used: ${message}`, {
    hint,
    cause: error,
  })
}

/** The answer is not what an engine answers. */
export function strangeAnswer(attempt: string, where: string): InfrakitError {
  return new InfrakitError('unavailable', `cannot ${attempt}: ${where} answered what no Docker engine does`, {
    hint: notAnEngine,
  })
}
