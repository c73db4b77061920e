import { interfaces } from '@infrakit/spi'
import { isUnknownMethod, readAnswer, saysSoAsTheOriginal, wordsOf, type Caller } from './caller.js'
import { nobodysMethod } from './facts.js'
import { listOf, readJson, rowOf, type Row } from './json.js'
import { applies, holds } from './outcome.js'
import { sinceTheOriginal, type Probe } from './probe.js'
import type { Exchange, PluginPromise } from './promise.js'

const parseError = -32700

/** Ids as clients send them: Go's are random integers of 63 bits, which many JSON libraries round. */
const ids = ['1', '0', '-7', '9007199254740993', '6129484611666145821', '9223372036854775807', '"verify-1"', '"17"']

/** The raw text of the id in an answer whose result holds no other. */
function idIn(response: string): string | undefined {
  return /"id"\s*:\s*("(?:[^"\\]|\\.)*"|[^,}\s]+)/.exec(response)?.[1]
}

/** How many calls are made at once. */
const crowd = 32

function bodyWith(method: string, more: string): string {
  return `{"jsonrpc":"2.0","method":${JSON.stringify(method)}${more}}`
}

async function sameAnswer(plugin: Caller, method: string, request: string, plain: Row): Promise<void> {
  const exchange = await plugin.post(request)
  const answer = readAnswer(method, exchange)
  const expected = `the answer to ${method} as without it`
  holds(answer.error === undefined, expected, wordsOf(answer), answer)
  holds(JSON.stringify(answer.result) === JSON.stringify(plain), expected, JSON.stringify(answer.result), answer)
}

function messageIn({ response }: Exchange): Row {
  try {
    return rowOf(readJson(response))
  } catch {
    return {}
  }
}

const shown = (exchange: Exchange) => ({ exchange })

async function checkHandshake({ plugin, facts }: Probe): Promise<void> {
  const answer = await plugin.call(facts.handshake, {})
  const { implemented } = facts
  holds(implemented.length > 0, 'a list of interfaces', wordsOf(answer), answer)
  for (const { name, version } of implemented) {
    const told = /^\w+$/.test(name) && /^\d+\.\d+\.\d+$/.test(version)
    holds(told, 'each interface with a name and a version such as 0.5.0', `'${name}/${version}'`, answer)
  }
  if (facts.handshake !== 'Handshake.Implements' || facts.original) return
  for (const { name, version } of interfaces) {
    const versions = implemented.filter((one) => one.name === name).map((one) => one.version)
    const right = versions.length === 0 || versions.includes(version)
    holds(right, `${name} in the version ${version}, which clients look for`, versions.join(', '), answer)
  }
  const types = await plugin.call('Handshake.Types', {})
  for (const { name, version } of implemented) {
    const list = rowOf(types.result.Types)[`${name}/${version}`]
    const known = list === undefined || listOf(list).every((one) => typeof one === 'string')
    holds(known, `the names of the objects behind ${name}/${version}`, JSON.stringify(list), types)
  }
}

async function checkMethods(probe: Probe): Promise<void> {
  sinceTheOriginal(probe)
  const { plugin, facts } = probe
  for (const definition of interfaces) {
    if (!facts.implemented.some(({ name }) => name === definition.name)) continue
    for (const [name, { mutates, example }] of Object.entries(definition.methods)) {
      if (mutates) continue // called where it is known what comes of it
      const answer = await plugin.ask(`${definition.name}.${name}`, example.request)
      holds(!isUnknownMethod(answer), `${definition.name}.${name} to be known`, wordsOf(answer), answer)
    }
  }
}

async function checkIds({ plugin, facts }: Probe): Promise<void> {
  for (const id of ids) {
    for (const method of [facts.handshake, nobodysMethod]) {
      const exchange = await plugin.post(bodyWith(method, `,"params":{},"id":${id}`))
      holds(idIn(exchange.response) === id, `the id ${id}, as it was sent`, `${idIn(exchange.response)}`, { exchange })
    }
  }
}

async function checkCrowd({ plugin, facts }: Probe): Promise<void> {
  const numbers = Array.from({ length: crowd }, (_, index) => 1000 + index)
  const exchanges = await Promise.all(
    numbers.map((id) => plugin.post(bodyWith(facts.handshake, `,"params":{},"id":${id}`))),
  )
  exchanges.forEach((exchange, index) => {
    const { result, id } = messageIn(exchange)
    // Whether the id survives as it was is for another promise.
    const own = Number(id) === numbers[index] && result !== undefined
    holds(own, `its own answer for each of ${crowd} calls at once`, exchange.response || 'none', shown(exchange))
  })
}

async function checkUnknownMethod({ plugin, facts }: Probe): Promise<void> {
  const answer = await plugin.ask(nobodysMethod, {})
  const said = facts.original ? saysSoAsTheOriginal(answer.error) : isUnknownMethod(answer)
  holds(said, 'an error with the code -32601', wordsOf(answer), answer)
}

async function checkErrors({ plugin }: Probe): Promise<void> {
  const answer = await plugin.ask(nobodysMethod, {})
  applies(answer.error !== undefined, 'it refused nothing')
  const { status, response } = answer.exchange
  holds(status === 200, 'status 200, whatever the answer says', String(status), answer)
  const { jsonrpc, error, result } = messageIn(answer.exchange)
  const { code, message } = rowOf(error)
  holds(jsonrpc === '2.0', '"jsonrpc": "2.0"', response, answer)
  holds(result === undefined || result === null, 'either a result or an error', 'both', answer)
  holds(Number.isSafeInteger(code), 'a whole number for a code', JSON.stringify(code), answer)
  holds(typeof message === 'string' && message !== '', 'a message', JSON.stringify(message), answer)
}

async function checkParseError(probe: Probe): Promise<void> {
  sinceTheOriginal(probe)
  for (const text of ['{"jsonrpc":"2.0","method":', 'nonsense']) {
    const exchange = await probe.plugin.post(text)
    const { error } = messageIn(exchange)
    const got = exchange.response || `nothing (status ${exchange.status})`
    holds(rowOf(error).code === parseError, 'an error with the code -32700', got, { exchange })
  }
}

async function checkNotification({ plugin, facts }: Probe): Promise<void> {
  const exchange = await plugin.post(bodyWith(facts.handshake, ',"params":{}'))
  holds(exchange.status > 0, 'status 200 and no body', exchange.response, { exchange })
  holds(exchange.response.trim() === '', 'no answer to a request without id', exchange.response, { exchange })
}

async function checkBatch(probe: Probe): Promise<void> {
  sinceTheOriginal(probe)
  const { plugin, facts } = probe
  const calls = [3, 4].map((id) => bodyWith(facts.handshake, `,"params":{},"id":${id}`))
  const exchange = await plugin.post(`[${calls.join(',')}]`)
  const expected = 'an answer to each, or an error for the whole'
  let answers: unknown
  try {
    answers = readJson(exchange.response)
  } catch {
    answers = undefined
  }
  const got = exchange.response || 'nothing'
  if (!Array.isArray(answers)) return holds(rowOf(rowOf(answers).error).code !== undefined, expected, got, { exchange })
  const answered = answers.map((one) => Number(rowOf(one).id)).sort()
  holds(answered.join() === '3,4', expected, got, { exchange })
}

async function checkEnvelope({ plugin, facts }: Probe): Promise<void> {
  const method = facts.handshake
  const { result } = await plugin.call(method, {})
  await sameAnswer(plugin, method, bodyWith(method, ',"params":{"Verify":[1]},"trace":"x","id":5'), result)
}

async function checkParams(probe: Probe): Promise<void> {
  sinceTheOriginal(probe)
  const { plugin, facts } = probe
  const { result } = await plugin.call(facts.handshake, {})
  for (const params of ['', ',"params":null', ',"params":[{}]']) {
    await sameAnswer(plugin, facts.handshake, bodyWith(facts.handshake, `${params},"id":6`), result)
  }
}

const promises: readonly Omit<PluginPromise, 'interface'>[] = [
  {
    name: 'the handshake says which interfaces it has, in which versions',
    why: 'Nobody calls a plugin before it has said what it is; a version that no client looks for is passed over.',
    check: checkHandshake,
  },
  {
    name: 'every reading method of an interface that it names is there',
    why: 'Who finds an interface in the handshake relies on all of it.',
    check: checkMethods,
  },
  {
    name: 'an id goes back exactly as it came',
    why: 'Clients in Go send integers of 63 bits; an answer with a rounded id belongs to nobody.',
    check: checkIds,
  },
  {
    name: 'calls made at the same time each get their own answer',
    why: 'A group calls its plugins for many instances at once.',
    check: checkCrowd,
  },
  {
    name: 'a method that it does not have is refused with -32601',
    why: 'Clients try newer handshakes first, and go on when they are told that there is no such method.',
    check: checkUnknownMethod,
  },
  {
    name: 'an error is one of JSON-RPC 2.0, with a code and a message, and comes with status 200',
    why: 'The message is what a person reads; without one nobody learns what went wrong.',
    check: checkErrors,
  },
  {
    name: 'what is not JSON is refused with -32700',
    why: 'A client that sent half a message must learn that it was not carried out.',
    check: checkParseError,
  },
  {
    name: 'a request without id gets no answer',
    why: 'It is a notification of JSON-RPC 2.0: who sends it does not read an answer.',
    check: checkNotification,
  },
  {
    name: 'a batch is answered call by call, or refused',
    why: 'A client must not take silence, or one answer, for all of them.',
    check: checkBatch,
  },
  {
    name: 'fields of a request that it does not know are passed over',
    why: 'Clients of later releases send more than those of today.',
    check: checkEnvelope,
  },
  {
    name: 'params may be absent, null, or a list of one object',
    why: 'null and absent are the same, and clients of the original may send a list.',
    check: checkParams,
  },
]

export const protocolPromises: readonly PluginPromise[] = promises.map((one) => ({ interface: 'Protocol', ...one }))
