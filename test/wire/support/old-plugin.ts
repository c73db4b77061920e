import { createServer, type IncomingMessage } from 'node:http'
import { parseJson, stringifyJson } from '@infrakit/rpc/client'
import type { Teardown } from '@infrakit/testing'
import { messageOf, readSession, resultOf, type Message, type Version } from './recording.js'

/** A method of an old plugin: from `params` to the result. Throws for an error in the answer. */
export type OldMethod = (params: Record<string, unknown>) => object

export interface OldPlugin {
  /** Every call that had an answer, handshakes too, in order. */
  readonly calls: Message[]
  /** Requests that an era's plugin answers with nothing at all; a client of that era never sends such. */
  readonly unanswered: string[]
}

/** What a plugin of that era answered to its era's handshakes, by method. */
function handshakesOf(version: Version, plugin: string): Map<string, unknown> {
  const answers = new Map<string, unknown>()
  for (const { plugin: of, request, response } of readSession(version)) {
    const { method = '' } = messageOf(request) ?? {}
    const result = resultOf(response)
    if (of === plugin && /^(Plugin|Handshake)\./.test(method) && result) answers.set(method, result)
  }
  return answers
}

async function bodyOf(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

/** The raw text of the id at the end of a request, where every client of the original puts it. */
function idToken(body: string): string | undefined {
  return /"id":("[^"]*"|-?\d+)\}\s*$/.exec(body)?.[1]
}

/**
 * Serves a plugin's socket exactly as one of that era did: its handshake and no other, the recorded words for a method
 * that is not there, an empty 200 for what it cannot read.
 */
export async function startOldPlugin(
  t: Teardown,
  path: string,
  version: Version,
  plugin: string,
  methods: Readonly<Record<string, OldMethod>>,
): Promise<OldPlugin> {
  const handshakes = handshakesOf(version, plugin)
  const known = [...handshakes.keys(), ...Object.keys(methods)]
  const services = new Set(known.map((method) => method.split('.')[0]))
  const old: OldPlugin = { calls: [], unanswered: [] }

  function answer(body: string): string {
    const id = idToken(body)
    const message = readMessage(body)
    if (id === undefined || !message) {
      old.unanswered.push(body)
      return ''
    }
    const { method } = message
    old.calls.push(message)
    const reply = (member: string) => `{"jsonrpc":"2.0",${member},"id":${id}}\n`
    const fail = (text: string) => reply(`"error":${JSON.stringify({ code: -32000, message: text, data: null })}`)
    if (handshakes.has(method)) return reply(`"result":${JSON.stringify(handshakes.get(method))}`)
    const carryOut = methods[method]
    if (!carryOut) {
      const what = services.has(method.split('.')[0]) ? 'method' : 'service'
      return fail(`rpc: can't find ${what} ${JSON.stringify(method)}`)
    }
    try {
      return reply(`"result":${stringifyJson(carryOut(message.params))}`)
    } catch (error) {
      return fail((error as Error).message)
    }
  }

  const server = createServer((incoming, outgoing) => {
    const plain = { 'Content-Type': 'text/plain; charset=utf-8' }
    void bodyOf(incoming).then((body) => {
      if (incoming.method !== 'POST') {
        const other = incoming.url !== '/' && version !== 'v0.1.0'
        outgoing.writeHead(other ? 404 : 405, plain)
        outgoing.end(other ? '404 page not found\n' : `rpc: POST method required, received ${incoming.method}`)
        return
      }
      const text = answer(body)
      outgoing.writeHead(200, text === '' ? {} : plain)
      outgoing.end(text)
    })
  })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(path, resolve))
  t.teardown(() => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  })
  return old
}

/** A call as every era sends it; anything else made the original answer with nothing. */
function readMessage(body: string): Message | undefined {
  try {
    // The original hands on what is not its own as it came, big numbers and all.
    const { jsonrpc, method, params } = parseJson(body) as { jsonrpc?: unknown; method?: unknown; params?: unknown }
    if (jsonrpc !== '2.0' || typeof method !== 'string') return undefined
    if (typeof params !== 'object' || params === null || Array.isArray(params)) return undefined
    return { method, params: params as Record<string, unknown> }
  } catch {
    return undefined
  }
}
