import { InfrakitError, type ErrorKind } from '@infrakit/spi'

/** What the caller may make of a call to Consul that did not succeed. */
export interface Consequence {
  /** Another agent may well answer. */
  readonly elsewhere: boolean
  /** It is certain that nothing was changed. */
  readonly undone: boolean
}

/** A call to Consul that did not succeed. */
export class ConsulFailure extends InfrakitError {
  readonly elsewhere: boolean
  readonly undone: boolean

  constructor(
    kind: ErrorKind,
    message: string,
    { elsewhere, undone }: Consequence,
    options: { hint?: string; cause?: unknown } = {},
  ) {
    super(kind, message, options)
    this.elsewhere = elsewhere
    this.undone = undone
  }
}

/** What came of a request that has no usable answer, however the HTTP client tells it. */
export interface Mishap {
  readonly message: string
  /** Of the system or of OpenSSL: `ECONNREFUSED`. */
  readonly code?: string | undefined
  readonly timedOut?: boolean
  /** Nobody waits for the answer any more. Only looks are given up. */
  readonly givenUp?: boolean
  /** An answer came, and it is not Consul's. */
  readonly notConsul?: boolean
  readonly status?: number | undefined
  /** The body of a refusal, as far as it is text. */
  readonly text?: string | undefined
}

const notReached = /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|ENOENT|EADDRNOTAVAIL)$/
const tls = /^(ERR_SSL|ERR_TLS|EPROTO)|CERT|SIGNATURE|ISSUER/
const longestQuote = 200

function quoted(text: string | undefined): string {
  const line = text?.trim().split('\n')[0] ?? ''
  return line === '' || line.startsWith('<') ? '' : `: ${line.slice(0, longestQuote)}`
}

function refusal(what: string, status: number, text: string | undefined): ConsulFailure {
  const said = `${what}: it answered ${status}${quoted(text)}`
  const nothing = { elsewhere: false, undone: true }
  if (/permission denied|acl not found|acl support disabled/i.test(text ?? '') || status === 401 || status === 403) {
    const hint =
      'Give a token that may do this: --consul-token-file or CONSUL_HTTP_TOKEN; the README says which rights it needs.'
    return new ConsulFailure('plugin-failed', said, nothing, { hint })
  }
  if (/HTTP request to an HTTPS server/.test(text ?? '')) {
    return new ConsulFailure(
      'unavailable',
      said,
      { elsewhere: true, undone: true },
      { hint: 'Write https:// in --address.' },
    )
  }
  if (/namespaces are a consul enterprise feature/i.test(text ?? '')) {
    const hint = 'Leave --namespace out: this Consul has none. A --prefix keeps registries apart as well.'
    return new ConsulFailure('plugin-failed', said, nothing, { hint })
  }
  if (status === 413) {
    const hint =
      'Change fewer keys at once, or smaller ones: Consul takes 64 operations (a deletion for a version is two), and 512 KiB.'
    return new ConsulFailure('input', said, nothing, { hint })
  }
  if (/no path to datacenter/i.test(text ?? '')) {
    return new ConsulFailure('unavailable', said, { elsewhere: true, undone: true }, { hint: 'Check --datacenter.' })
  }
  if (status === 429) {
    const hint =
      'The agent takes no more at once: see limits in its configuration (http_max_conns_per_client), or try again.'
    return new ConsulFailure('unavailable', said, { elsewhere: true, undone: true }, { hint })
  }
  if (/no cluster leader|no known consul servers/i.test(text ?? '')) {
    const hint = 'A majority of the Consul servers has to run and to reach each other: consul operator raft list-peers.'
    return new ConsulFailure('unavailable', said, { elsewhere: true, undone: true }, { hint })
  }
  if (status >= 500) {
    const hint =
      "Look into the agent's log: consul monitor. Whether the change was made is not known: look before trying again."
    return new ConsulFailure('unavailable', said, { elsewhere: true, undone: false }, { hint })
  }
  const hint = 'Check --address: is this the HTTP port of a Consul agent, and nothing else in between?'
  return new ConsulFailure('plugin-failed', said, { elsewhere: status !== 400, undone: false }, { hint })
}

/** Says what it means that a call had no usable answer. Pure. @param what such as `cannot write to Consul at http://...` */
export function failureOf(what: string, mishap: Mishap, cause?: unknown): ConsulFailure {
  const { message, code = '', status } = mishap
  const wrap = (kind: ErrorKind, text: string, consequence: Consequence, hint: string) =>
    new ConsulFailure(kind, `${what}: ${text}`, consequence, { hint, cause })
  if (mishap.notConsul) {
    const hint = 'Check --address: does a proxy or something else than a Consul agent answer there?'
    return wrap('unavailable', message, { elsewhere: true, undone: false }, hint)
  }
  if (status !== undefined) return refusal(what, status, mishap.text)
  if (mishap.givenUp) {
    const nothing = { elsewhere: false, undone: true }
    return new ConsulFailure('unavailable', `${what}: the call was given up`, nothing, { cause })
  }
  if (mishap.timedOut) {
    const hint =
      'Does the agent still run, and reach a leader? Whether a change was made is not known: look before trying again.'
    return wrap('timeout', 'no answer in time', { elsewhere: true, undone: false }, hint)
  }
  if (notReached.test(code)) {
    const hint =
      'Does an agent run there? The plugin is told where: infrakit plugin start registry-consul -- --address URL'
    return wrap('unavailable', message, { elsewhere: true, undone: true }, hint)
  }
  if (tls.test(code)) {
    const hint =
      'Check https:// in --address, --ca-file, and --cert-file with --key-file where the agent asks for them.'
    return wrap('unavailable', message, { elsewhere: true, undone: true }, hint)
  }
  const hint = 'The connection broke. Whether a change was made is not known: look before trying again.'
  return wrap('unavailable', message, { elsewhere: true, undone: false }, hint)
}
