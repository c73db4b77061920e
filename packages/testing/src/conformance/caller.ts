import { interfaces, messageOf } from '@infrakit/spi'
import { readJson, rowOf, writeJson, type Row } from './json.js'
import { BrokenPromise, NotApplicable, type Exchange } from './promise.js'
import type { Transport } from './transport.js'

/** A plugin as the suite calls it. */
export interface Subject {
  /** The socket's name; errors and group specifications call it so. */
  readonly name: string
  /** The part after `/` of `swarm/manager`. */
  readonly type?: string
  readonly transport: Transport
}

/** An answer, read as far as it can be. */
export interface Answer {
  readonly exchange: Exchange
  /** Empty when there is none. */
  readonly result: Row
  readonly error: Row | undefined
}

export interface CallerOptions {
  /** Longest time for one call. */
  readonly timeoutMs: number
  /** Once aborted no more calls are begun. Those under way run to their end: what they make has to be known. */
  readonly signal: AbortSignal
}

/** The original's words for a method that it does not have, by which its plugins are told from others. */
const originalWords = /^rpc: can't find (?:method|service) "/
const noMethod = -32601

/** The part of an error that a person reads. */
export function wordsOf({ error, exchange }: Answer): string {
  if (error === undefined) return exchange.response.trim().slice(0, 300) || 'an empty answer'
  return `error ${String(error.code)}: ${String(error.message)}`
}

/** Calls one plugin, and remembers every exchange. */
export class Caller {
  readonly log: Exchange[] = []
  /** Whether it is a plugin of the original: it promises less. */
  original = false
  /** Calls go out although the run was ended: what it made is being taken away. */
  cleaning = false
  #lastId = 0

  constructor(
    readonly subject: Subject,
    readonly options: CallerOptions,
  ) {}

  /** Sends a text as it is. Only the end of the whole run makes it reject. @param cut breaks the connection off */
  async post(request: string, cut?: AbortSignal): Promise<Exchange> {
    const { timeoutMs, signal } = this.options
    if (!this.cleaning) signal.throwIfAborted()
    const timeout = AbortSignal.timeout(timeoutMs)
    const exchange = { plugin: this.subject.name, request, status: 0, response: '' }
    try {
      const ends = cut ? AbortSignal.any([timeout, cut]) : timeout
      const { status, body } = await this.subject.transport.post(request, ends)
      Object.assign(exchange, { status, response: body })
    } catch (error) {
      const late = timeout.aborted ? ` within ${timeoutMs} ms` : ''
      exchange.response = `no answer${late}: ${messageOf(error)}`
    }
    this.log.push(exchange)
    return exchange
  }

  /** The body of a call, addressed to the object behind the plugin's name. */
  write(method: string, params: object): string {
    const id = ++this.#lastId
    return writeJson({ jsonrpc: '2.0', method, params: { ...this.#address(method), ...params }, id })
  }

  #address(method: string): object {
    const definition = interfaces.find(({ name }) => name === method.slice(0, method.indexOf('.')))
    const { name, type = '' } = this.subject
    if (definition?.address === 'Type') return { Type: type }
    return definition?.address === 'Name' ? { Name: type === '' ? name : `${name}/${type}` } : {}
  }

  /** Calls a method; an error is an answer too. Throws BrokenPromise when there is none, or none that can be read. */
  async ask(method: string, params: object, cut?: AbortSignal): Promise<Answer> {
    return readAnswer(method, await this.post(this.write(method, params), cut))
  }

  /** Calls a method that has to succeed. Throws BrokenPromise, or NotApplicable when plugins of that age lack it. */
  async call(method: string, params: object): Promise<Answer> {
    const answer = await this.ask(method, params)
    if (answer.error === undefined) return answer
    if (this.original && isUnknownMethod(answer)) throw new NotApplicable(`plugins of this age have no ${method}`)
    throw new BrokenPromise(`${method} to succeed`, wordsOf(answer), [answer.exchange])
  }

  /** Calls a method that has to be refused, and gives the error. Throws like `call`. */
  async refusal(method: string, params: object, expected: string): Promise<Answer> {
    const answer = await this.ask(method, params)
    if (this.original && isUnknownMethod(answer)) throw new NotApplicable(`plugins of this age have no ${method}`)
    if (answer.error === undefined) throw new BrokenPromise(expected, wordsOf(answer), [answer.exchange])
    return answer
  }
}

/** Reads an exchange. Throws BrokenPromise when it holds neither a result nor an error. */
export function readAnswer(method: string, exchange: Exchange): Answer {
  const broken = (got: string) => new BrokenPromise(`an answer to ${method}`, got, [exchange])
  if (exchange.status === 0) throw broken(exchange.response)
  let message: Row
  try {
    message = rowOf(readJson(exchange.response))
  } catch (error) {
    throw broken(`something that is not JSON (${messageOf(error)})`)
  }
  const failed = message.error !== undefined && message.error !== null
  if (!failed && message.result === undefined) throw broken('neither a result nor an error')
  return { exchange, result: rowOf(message.result), error: failed ? rowOf(message.error) : undefined }
}

/** Whether an answer says that there is no such method. */
export function isUnknownMethod({ error }: Answer): boolean {
  return error?.code === noMethod || saysSoAsTheOriginal(error)
}

/** Whether an answer says in the original's words that there is no such method. */
export function saysSoAsTheOriginal(error: Row | undefined): boolean {
  return error?.code === -32000 && originalWords.test(String(error.message))
}
