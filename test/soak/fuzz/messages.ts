import fc, { type Arbitrary } from 'fast-check'
import { interfaces } from '@infrakit/spi'
import { schemas } from '@infrakit/spi/schemas'
import { list, member, object, raw, treeOf, valueOf, type Tree } from './json-tree.js'
import { anything, near, type Shape } from './values.js'

/** What has to come back for a message: the id as it was written, and the code where there is but one right one. */
export interface Expected {
  readonly id: string
  readonly code?: number
}

export const parseError = -32700
export const invalidRequest = -32600
export const methodNotFound = -32601

const fine = ['0', '1', '-1', '-0', '1.0', '1e2', '1E+2', '0.10', '1e400', '9007199254740993', '9223372036854775807']
const more = [
  '123456789012345678901234567890',
  '"1"',
  '""',
  '"a\\"b"',
  '"\\\\"',
  '"\\u0061"',
  '"}"',
  '"\\ud800"',
  'null',
]
const tricky = [
  '"\\"id\\":2"',
  '"id"',
  '"[{\\\\"',
  '"é😀"',
  '"\\u0000"',
  '1e-400',
  '18446744073709551615',
  `${'7'.repeat(300)}`,
]
const wrong = ['true', 'false', '{}', '[]', '[1]', '{"id":1}']

/** Ids as JSON-RPC allows them, in every spelling. */
export const ids: Arbitrary<string> = fc.oneof(
  fc.constantFrom(...fine, ...more, ...tricky),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n }).map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
  fc.string({ unit: 'binary', maxLength: 8 }).map((value) => JSON.stringify(value)),
)

interface Call {
  readonly method: string
  readonly params: Arbitrary<Tree>
}

function requestOf(name: string, method: string, address: string | undefined): Arbitrary<Tree> {
  const schema = schemas[name]?.[method]?.request as unknown as Shape | undefined
  if (!address) return near(schema)
  const field = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom('""', '"."', '"web"', 'null').map(raw) },
    { weight: 1, arbitrary: anything },
  )
  return fc.tuple(near(schema), field).map(([tree, value]) => {
    return 'members' in tree ? object([...tree.members, member(address, value)]) : tree
  })
}

/** Every method of the contract and of the eras before it, with what it takes. */
const calls: readonly Call[] = [
  ...interfaces.flatMap(({ name, methods, address }) =>
    Object.entries(methods as Record<string, { example: { request: object } }>).map(([method, { example }]) => {
      const params = fc.oneof(
        { weight: 6, arbitrary: requestOf(name, method, address) },
        { weight: 1, arbitrary: fc.constant(treeOf(example.request)) },
      )
      return { method: `${name}.${method}`, params }
    }),
  ),
  ...['Plugin.Implements', 'Handshake.Implements', 'Handshake.Types', 'Handshake.Hello', 'Metadata.Keys'].map(
    (method) => ({ method, params: anything }),
  ),
]

const served = new Set(calls.map(({ method }) => method))

const knownCall = fc
  .constantFrom(...calls)
  .chain(({ method, params }) =>
    fc.tuple(
      fc.constant(raw(JSON.stringify(method))),
      fc.oneof(
        { weight: 8, arbitrary: params.map((tree): Tree | undefined => tree) },
        { weight: 3, arbitrary: params.map((tree): Tree | undefined => list([tree])) },
        { weight: 1, arbitrary: fc.array(params, { maxLength: 3 }).map((trees): Tree | undefined => list(trees)) },
        { weight: 1, arbitrary: fc.constant(undefined) },
        { weight: 1, arbitrary: anything.map((tree): Tree | undefined => tree) },
      ),
    ),
  )

const otherMethods = ['', '.', 'Instance', 'Instance.', '.Validate', 'instance.validate', 'Nothing.At.All']
const unknownCall = fc.tuple(
  fc.oneof(
    fc
      .constantFrom(...otherMethods, 'toString', '__proto__', 'constructor', 'rpc.discover')
      .map((name) => raw(JSON.stringify(name))),
    anything,
  ),
  anything.map((tree): Tree | undefined => tree),
)

/** One chance in `n` for the second, or else the first. */
function seldom<T>(n: number, usual: Arbitrary<T>, other: Arbitrary<T>): Arbitrary<T> {
  return fc.oneof({ weight: n - 1, arbitrary: usual }, { weight: 1, arbitrary: other })
}

const idMember = seldom(20, ids, fc.constantFrom(...wrong)).chain((token) =>
  seldom(10, fc.constant('"id"'), fc.constantFrom('"\\u0069d"', '"i\\u0064"', '"\\u0069\\u0064"')).map((spelled) =>
    member('id', raw(token), spelled),
  ),
)

/** A call as it is written: its members in any order, some missing, wrong or there twice. */
const call: Arbitrary<Tree> = fc
  .record({
    version: seldom(25, fc.constant<Tree | undefined>(raw('"2.0"')), fc.option(anything, { nil: undefined })),
    method: seldom(8, knownCall, unknownCall),
    id: seldom(
      6,
      idMember.map((one) => [one]),
      fc.array(idMember, { maxLength: 3 }),
    ),
    order: fc.constantFrom('last', 'first', 'middle'),
  })
  .map(({ version, method: [method, params], id, order }) => {
    const rest = [
      ...(version ? [member('jsonrpc', version)] : []),
      member('method', method),
      ...(params ? [member('params', params)] : []),
    ]
    if (order === 'first') return object([...id, ...rest])
    return object(order === 'last' ? [...rest, ...id] : [...rest.slice(0, 1), ...id, ...rest.slice(1)])
  })

export const message: Arbitrary<Tree> = seldom(30, call, anything)

const isRaw = (tree: Tree | undefined, pattern: RegExp) => tree !== undefined && 'raw' in tree && pattern.test(tree.raw)

/** What JSON-RPC 2.0 asks of the answer to a message; `undefined` when there must be none. */
export function expectedOf(tree: Tree): Expected | undefined {
  if (!('members' in tree) && !('nested' in tree && tree.as === 'objects')) return { id: 'null', code: invalidRequest }
  const id = valueOf(tree, 'id')
  const token = id && 'raw' in id ? id.raw : id && '{'
  if (token !== undefined && !/^(?:null$|["\d-])/.test(token)) return { id: 'null', code: invalidRequest }
  const shown = token ?? 'null'
  const version = valueOf(tree, 'jsonrpc')
  const method = valueOf(tree, 'method')
  if (!isRaw(version, /^"2\.0"$/) || !isRaw(method, /^"/)) return { id: shown, code: invalidRequest }
  if (token === undefined) return undefined
  const name = JSON.parse((method as { raw: string }).raw) as string
  return served.has(name) ? { id: token } : { id: token, code: methodNotFound }
}
