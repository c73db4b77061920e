import fc, { type Arbitrary } from 'fast-check'
import { depthOf, list, object, member, raw, write, type Tree } from './json-tree.js'
import { expectedOf, ids, invalidRequest, message, parseError, type Expected } from './messages.js'

/** What a request body has to be answered with. */
export type Expectation =
  | { readonly answer: 'one'; readonly expected: Expected }
  | { readonly answer: 'none' }
  | { readonly answer: 'batch'; readonly expected: readonly Expected[] }
  /** Nobody can say what it means any more; any answer that JSON-RPC has will do. */
  | { readonly answer: 'some' }

export interface FuzzRequest {
  readonly body: Buffer
  readonly expectation: Expectation
}

/** As the server says: levels of nesting, and messages in a batch. */
const maxNesting = 1000
const maxBatch = 1000

const one = (id: string, code: number): Expectation => ({ answer: 'one', expected: { id, code } })

export function expectationOf(body: Tree): Expectation {
  if (depthOf(body) > maxNesting) return one('null', parseError)
  const messages = 'list' in body ? body.list : 'nested' in body && body.as === 'lists' ? [raw('1')] : undefined
  if (!messages) {
    const expected = expectedOf(body)
    return expected ? { answer: 'one', expected } : { answer: 'none' }
  }
  if (messages.length === 0 || messages.length > maxBatch) return one('null', invalidRequest)
  const expected = messages.map(expectedOf).filter((each) => each !== undefined)
  return expected.length === 0 ? { answer: 'none' } : { answer: 'batch', expected }
}

const ping = ids.map((id) =>
  object([member('jsonrpc', raw('"2.0"')), member('method', raw('"Plugin.Implements"')), member('id', raw(id))]),
)
const largeBatch = fc
  .tuple(fc.array(ping, { minLength: 1, maxLength: 3 }), fc.constantFrom(100, 999, 1000, 1001, 3000))
  .map(([messages, size]) => list(Array.from({ length: size }, (_, at) => messages[at % messages.length] as Tree)))

const batch = fc.oneof(
  { weight: 20, arbitrary: fc.array(message, { maxLength: 8 }).map(list) },
  { weight: 1, arbitrary: largeBatch },
  { weight: 2, arbitrary: fc.array(fc.array(message, { maxLength: 3 }).map(list), { maxLength: 3 }).map(list) },
)

const space = fc.oneof({ weight: 6, arbitrary: fc.constant('') }, fc.constantFrom(' ', '\n', '\r\n\t '))

const wellFormed: Arbitrary<FuzzRequest> = fc
  .tuple(fc.oneof({ weight: 5, arbitrary: message }, { weight: 2, arbitrary: batch }), space, space)
  .map(([tree, before, after]) => ({
    body: Buffer.from(before + write(tree) + after),
    expectation: expectationOf(tree),
  }))

const broken = [
  '',
  ' ',
  '{',
  '[',
  '"',
  '{"id":7',
  '[1,',
  '{"jsonrpc":"2.0","method":"Plugin.Implements","id":1}}',
  '\0',
  'id',
]
const notJson: Arbitrary<FuzzRequest> = fc
  .oneof(
    fc.constantFrom(...broken, "{'id':1}", '{"id":01}', '{"id":1,}', 'NaN', '{"a":"\n","id":3}', '[]]', '{"id":--1}'),
    message.map((tree) => `\ufeff${write(tree)}`),
  )
  .map((text) => ({ body: Buffer.from(text), expectation: one('null', parseError) }))

const notUtf8: Arbitrary<FuzzRequest> = fc
  .tuple(message.map(write), fc.constantFrom('ff', 'c0af', 'eda080', 'f5808080', 'e282'), fc.nat())
  .map(([text, bytes, where]) => {
    const whole = Buffer.from(text)
    // Never inside of a character: what is meant to be wrong must be wrong.
    const at = [0, whole.length][where % 2] ?? 0
    const body = Buffer.concat([whole.subarray(0, at), Buffer.from(bytes, 'hex'), whole.subarray(at)])
    return { body, expectation: one('null', parseError) }
  })

/** A request with a few bytes changed, taken out or put in. */
const damaged: Arbitrary<FuzzRequest> = fc
  .tuple(
    wellFormed,
    fc.array(fc.tuple(fc.nat(), fc.constantFrom('change', 'drop', 'insert', 'cut'), fc.nat({ max: 255 })), {
      minLength: 1,
      maxLength: 3,
    }),
  )
  .map(([{ body }, damages]) => {
    let bytes: Buffer = Buffer.from(body)
    for (const [where, how, byte] of damages) {
      const at = bytes.length === 0 ? 0 : where % bytes.length
      const [before, rest] = [bytes.subarray(0, at), bytes.subarray(at)]
      if (how === 'cut') bytes = before
      else if (how === 'insert') bytes = Buffer.concat([before, Buffer.from([byte]), rest])
      else bytes = Buffer.concat([before, ...(how === 'change' ? [Buffer.from([byte])] : []), rest.subarray(1)])
    }
    return { body: bytes, expectation: { answer: 'some' } }
  })

export const fuzzRequest: Arbitrary<FuzzRequest> = fc.oneof(
  { weight: 16, arbitrary: wellFormed },
  { weight: 1, arbitrary: notJson },
  { weight: 1, arbitrary: notUtf8 },
  { weight: 2, arbitrary: damaged },
)
