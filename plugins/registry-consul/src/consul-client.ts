import { EventEmitter } from 'node:events'
import { Agent as HttpAgent, type ClientRequest, type IncomingMessage, type RequestOptions } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import Consul from 'consul'
import { entryIn, idIn, listIn, namesIn, nodeNameIn, NotConsul, refusedIn, serviceIn, writtenIn } from './answers.js'
import type { ConsulClient, ConsulOptions, Read, ReadOptions } from './client.js'
import { ConsulFailure, failureOf } from './failure.js'

type Answer = IncomingMessage & { readonly body?: unknown }

interface Exchange {
  readonly err?: Error
  readonly res?: Answer
  transport: { request(options: RequestOptions): ClientRequest }
}

type Step = (exchange: Exchange, next: (error?: Error) => void) => void

/** What is used of the package, whose types do not say all of it. */
interface Package {
  readonly kv: { get(options: object): Promise<[Answer, unknown]> }
  readonly transaction: { create(operations: readonly object[], options: object): Promise<unknown> }
  readonly session: Readonly<Record<'create' | 'renew' | 'destroy', (options: object) => Promise<unknown>>>
  readonly agent: {
    self(options: object): Promise<unknown>
    readonly service: { deregister(options: object): Promise<unknown> }
    readonly check: { pass(options: object): Promise<unknown> }
  }
  readonly catalog: {
    deregister(options: object): Promise<unknown>
    readonly service: { list(options: object): Promise<[Answer, unknown]> }
  }
  readonly health: Readonly<Record<'service' | 'state', (options: object) => Promise<[Answer, unknown]>>>
  _ext(moment: 'onRequest' | 'onResponse', step: Step): void
  _put(request: object): Promise<Answer>
  destroy(): void
}

interface Thrown extends Error {
  readonly code?: string
  readonly isTimeout?: boolean
  readonly isCodec?: boolean
  /** The answer is whole, and its status says that it was refused. */
  readonly isResponse?: boolean
  readonly response?: Answer
}

/** The package waits for ever, or until its time is over, for the rest of an answer whose connection broke. */
const endBrokenAnswers: Step = (exchange, next) => {
  const { transport } = exchange
  exchange.transport = {
    request(options) {
      const request = transport.request(options)
      request.on('response', (answer) =>
        answer.once('aborted', () => request.emit('error', new Error('the answer broke off'))),
      )
      return request
    },
  }
  next()
}

/** An answer that is no JSON would otherwise be handed on as a value, or be taken for no value. */
const refuseOthers: Step = ({ err, res }, next) => {
  if (err || !res) return next()
  const type = res.headers['content-type']
  const isEmpty = res.body === undefined
  if (isEmpty || type?.startsWith('application/json')) return next()
  next(new NotConsul(`it answered ${res.statusCode ?? ''} with ${type ?? 'something'} in place of JSON`))
}

/** What a refusal says; Go writes some without saying that they are text. */
function textIn(body: unknown): string | undefined {
  return typeof body === 'string' || Buffer.isBuffer(body) ? body.toString() : undefined
}

function indexOf(answer: Answer): number {
  const index = Number(answer.headers['x-consul-index'])
  if (Number.isSafeInteger(index)) return index
  throw new NotConsul(`it answered ${answer.statusCode ?? ''} without the index that Consul gives`)
}

/**
 * One agent of Consul. All that is known of the package `consul`, which nobody keeps any more, is in this file. Every
 * call ends in time; every status and every body is looked at.
 *
 * Its methods throw `ConsulFailure`.
 */
export function createConsulClient(options: ConsulOptions): ConsulClient {
  const { address, token, tls, datacenter, namespace, timeoutMs } = options
  const Agent = address.startsWith('https:') ? HttpsAgent : HttpAgent
  const given = {
    baseUrl: `${address}/v1`,
    agent: new Agent({ keepAlive: true, ...tls }),
    ...(namespace !== undefined && { headers: { 'x-consul-namespace': namespace } }),
    defaults: { ...(token !== undefined && { token }), ...(datacenter !== undefined && { dc: datacenter }) },
  }
  const consul = new Consul(given) as unknown as Package
  consul._ext('onRequest', endBrokenAnswers)
  consul._ext('onResponse', refuseOthers)
  const timeout = timeoutMs

  /** Makes a call, which `signal` gives up, and says in our words what went wrong. */
  async function attempt<T>(what: string, call: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    try {
      return await call()
    } catch (error) {
      if (error instanceof ConsulFailure) throw error
      const { message, code, isTimeout, isCodec, isResponse, response } = error as Thrown
      const mishap = {
        message: message.replace(/^consul: ([\w.]+: )?/, ''),
        code,
        timedOut: isTimeout === true,
        givenUp: signal?.aborted === true,
        notConsul: error instanceof NotConsul || isCodec === true,
        status: isResponse === true ? response?.statusCode : undefined,
        text: textIn(response?.body),
      }
      throw failureOf(`cannot ${what} Consul at ${address}`, mishap, error)
    }
  }

  async function read<T>(
    what: string,
    { wait, signal }: ReadOptions,
    call: (options: object) => Promise<[Answer, unknown]>,
    parse: (value: unknown, answer: Answer) => T,
  ): Promise<Read<T>> {
    const ctx = Object.assign(new EventEmitter(), { includeResponse: true })
    const cancel = () => ctx.emit('cancel')
    signal?.addEventListener('abort', cancel, { once: true })
    const when = wait
      ? { index: wait.index, wait: `${wait.waitMs}ms`, timeout: timeout + wait.waitMs * 1.1 }
      : { consistent: true, timeout }
    try {
      const ask = async () => {
        if (signal?.aborted) throw new Error('nobody waits for the answer')
        const [answer, value] = await call({ ...when, ctx })
        return { index: indexOf(answer), found: parse(value, answer) }
      }
      return await attempt(what, ask, signal)
    } finally {
      signal?.removeEventListener('abort', cancel)
    }
  }

  return {
    address,
    entries: (key, { recurse = false, ...when } = {}) =>
      read(
        `read '${key}' from`,
        when,
        (common) => consul.kv.get({ ...common, key, recurse, buffer: true }),
        (value, answer) => {
          if (answer.statusCode === 404) return []
          if (value === undefined) throw new NotConsul('the answer is not a list of keys')
          return (recurse ? listIn(value, 'a list of keys') : [value]).map(entryIn)
        },
      ),
    transact: (operations) =>
      attempt('write to', async () => {
        const all = operations.map((KV) => ({ KV }))
        try {
          return { written: writtenIn(await consul.transaction.create(all, { consistent: true, timeout })) }
        } catch (error) {
          const { response } = error as Thrown
          if (response?.statusCode !== 409) throw error
          return { refused: refusedIn(response.body) }
        }
      }),
    createSession: (name, ttlSeconds) =>
      attempt('make a session in', async () => {
        const session = { name, ttl: `${ttlSeconds}s`, lockdelay: '0s', behavior: 'release', checks: [] }
        return idIn(await consul.session.create({ ...session, timeout }))
      }),
    renewSession: (id) =>
      attempt('renew a session in', async () => {
        try {
          const [session] = listIn(await consul.session.renew({ id, timeout }), 'a session')
          return idIn(session) === id
        } catch (error) {
          const { statusCode, body } = (error as Thrown).response ?? {}
          if (statusCode === 404 && /^Session id .* not found/.test(String(body))) return false
          throw error
        }
      }),
    destroySession: (id) =>
      attempt('end a session in', async () => void (await consul.session.destroy({ id, timeout }))),
    register: (service) =>
      attempt('register a service in', async () => {
        // The package cannot say that checks of an earlier registration are to go.
        const headers = token === undefined ? {} : { 'x-consul-token': token }
        const query = { 'replace-existing-checks': 'true' }
        await consul._put({ path: '/agent/service/register', type: 'json', body: service, query, headers, timeout })
      }),
    deregister: (id) =>
      attempt('deregister a service in', async () => {
        try {
          await consul.agent.service.deregister({ id, timeout })
        } catch (error) {
          if (!/unknown service/i.test(String((error as Thrown).response?.body))) throw error
        }
      }),
    pass: (id) => attempt('tell of a service to', async () => void (await consul.agent.check.pass({ id, timeout }))),
    deregisterNode: (node, serviceid) =>
      attempt('deregister a service in', async () => {
        await consul.catalog.deregister({ node, serviceid, timeout })
      }),
    serviceNames: (when = {}) =>
      read('list services of', when, (common) => consul.catalog.service.list(common), namesIn),
    places: (service, when = {}) =>
      read(
        `find '${service}' in`,
        when,
        (common) => consul.health.service({ ...common, service }),
        (value) => listIn(value, 'a list of services').map(serviceIn),
      ),
    checks: (when = {}) =>
      read(
        'follow checks of',
        when,
        (common) => consul.health.state({ ...common, state: 'any' }),
        (value) => void listIn(value, 'a list of checks'),
      ),
    nodeName: () => attempt('ask', async () => nodeNameIn(await consul.agent.self({ timeout }))),
    close: () => consul.destroy(),
  }
}
