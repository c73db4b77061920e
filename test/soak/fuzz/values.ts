import fc, { type Arbitrary } from 'fast-check'
import { list, member, object, raw, text, type Tree } from './json-tree.js'

/** The parts of a zod schema that say how a value is made. */
interface Shape {
  readonly def: {
    readonly type: string
    readonly shape?: Readonly<Record<string, Shape>>
    readonly element?: Shape
    readonly innerType?: Shape
    readonly in?: Shape
    readonly valueType?: Shape
    readonly options?: readonly Shape[]
    readonly entries?: Readonly<Record<string, string>>
    readonly values?: readonly unknown[]
  }
}

/** An instance that is mostly there. */
export const knownInstance = 'instance-1000000000000000001'

/** Texts that mean something to the plugins, or that have meant trouble elsewhere. */
const words = [
  ...['', '.', '..', 'web', 'db', 'web/1', 'group', 'instance-file', 'flavor-vanilla', 'flavor-combo', 'nobody'],
  ...['../../outside', '../outside/sentinel', '/etc/passwd', 'a/../../b', 'infrakit.group', 'infrakit.provision'],
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'file:///dev/null', 'file:///nowhere', 'str://x'],
  ...['{{ .Nothing }}', '{{', '\0', 'a\0b', '\r\n\r\nHTTP/1.1 200 OK', '\u2028', '\ud800', '\udfff\ud800', '\ufeff'],
  ...['-1', '1', '1e400', 'NaN', 'null', 'true', ' ', '%s%n', '\u0001number:x', '$ref', '"id":7', '},"id":8}'],
]

const numbers = [
  ...['0', '-0', '1', '-1', '2', '0.1', '1.0', '1e2', '1E+2', '1e-7', '2147483648', '4294967296', '9007199254740991'],
  ...['9007199254740992', '9007199254740993', '9223372036854775807', '-9223372036854775808', '18446744073709551616'],
  ...['1e308', '1e309', '1e400', '-1e400', '1e-400', '123456789012345678901234567890', '0.10000000000000000000001'],
  `${'9'.repeat(400)}`,
]

/** Texts that are long, up to the longest request. */
const longText = fc
  .record({ unit: fc.constantFrom('x', '\\u0000', '\\"', 'é', '😀'), length: fc.nat({ max: 900_000 }) })
  .map(({ unit, length }) => raw(`"${unit.repeat(Math.floor(length / unit.length))}"`))

const nested: Arbitrary<Tree> = fc.record({
  nested: fc.oneof({ weight: 30, arbitrary: fc.integer({ min: 1, max: 1200 }) }, fc.constantFrom(10_000, 100_000)),
  as: fc.constantFrom('lists' as const, 'objects' as const),
})

export const anyText: Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...words) },
  { weight: 2, arbitrary: fc.constant(knownInstance) },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 12 }) },
)

const anyKey = fc.oneof(fc.constantFrom('__proto__', 'constructor', 'id', 'Type', 'Name', 'toJSON'), anyText)

/** Anything that JSON can say; sizes and depths far from what anybody expects. */
export const anything: Arbitrary<Tree> = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    { weight: 4, arbitrary: fc.constantFrom('null', 'true', 'false').map(raw) },
    { weight: 6, arbitrary: fc.constantFrom(...numbers).map(raw) },
    { weight: 6, arbitrary: anyText.map(text) },
    { weight: 3, arbitrary: fc.array(tie('tree'), { maxLength: 4 }).map(list) },
    {
      weight: 4,
      arbitrary: fc
        .array(
          fc.tuple(anyKey, tie('tree')).map(([key, value]) => member(key, value)),
          { maxLength: 4 },
        )
        .map(object),
    },
    { weight: 3, arbitrary: nested },
  ),
})).tree

const wild = fc.oneof({ weight: 40, arbitrary: anything }, { weight: 1, arbitrary: longText })

/** Small, so that a fuzzed commit does not keep the machine busy for the rest of the run. */
const sizes = fc.constantFrom('0', '1', '2', '3').map(raw)

function plain(schema: Shape): Arbitrary<Tree> {
  const { def } = schema
  switch (def.type) {
    case 'object':
      return objectOf(def.shape ?? {})
    case 'array':
      return fc.array(near(def.element as Shape), { maxLength: 3 }).map(list)
    case 'record':
      return fc
        .array(
          fc.tuple(anyKey, near(def.valueType as Shape)).map(([key, value]) => member(key, value)),
          { maxLength: 3 },
        )
        .map(object)
    case 'optional':
    case 'nullable':
      return fc.oneof({ weight: 1, arbitrary: fc.constant(raw('null')) }, { weight: 5, arbitrary: near(def.innerType) })
    case 'pipe':
      return near(def.in)
    case 'union':
      return fc.oneof(...(def.options ?? []).map(near))
    case 'enum':
      return fc.constantFrom(...Object.values(def.entries ?? {})).map(text)
    case 'number':
      return sizes
    case 'boolean':
      return fc.boolean().map((value) => raw(String(value)))
    case 'string':
      return anyText.map(text)
    default:
      return anything
  }
}

/** What the schema asks for, mostly, with something else in its place now and then. */
export function near(schema: Shape | undefined): Arbitrary<Tree> {
  if (!schema) return anything
  return fc.oneof({ weight: 14, arbitrary: plain(schema) }, { weight: 1, arbitrary: wild })
}

/** Members as the shape asks for; a few missing, repeated or unknown. */
function objectOf(shape: Readonly<Record<string, Shape>>): Arbitrary<Tree> {
  const known = Object.entries(shape).map(([key, schema]) =>
    fc
      .tuple(fc.integer({ min: 0, max: 11 }), near(schema), near(schema))
      .map(([luck, first, second]) =>
        luck === 0 ? [] : luck === 1 ? [member(key, first), member(key, second)] : [member(key, first)],
      ),
  )
  const unknown = fc.oneof(
    { weight: 7, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.tuple(anyKey, anything).map(([key, value]) => [member(key, value)]) },
  )
  return fc.tuple(...known, unknown).map((parts) => object(parts.flat()))
}

export type { Shape }
