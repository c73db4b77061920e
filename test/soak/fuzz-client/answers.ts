import fc, { type Arbitrary } from 'fast-check'
import { write } from '../fuzz/json-tree.js'
import { anything } from '../fuzz/values.js'

/** How a server answers a request that has the id `id`. */
export interface Play {
  readonly bytes: (id: string) => Buffer
  /** What happens once so many of the bytes are written; all of them when it is more. */
  readonly stopAfter: number
  readonly then: 'keep' | 'close' | 'reset'
  /** Bytes at a time; 0 writes all at once. */
  readonly drip: number
  /** Whether it is an answer to the call, whole and in order; only then may the call succeed. */
  readonly right: boolean
}

interface Body {
  readonly text: (id: string) => string
  readonly right: boolean
}

const answer = (result: string, id: string) => `{"jsonrpc":"2.0","result":${result},"id":${id}}\n`

const body: Arbitrary<Body> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .constantFrom('{}', '{"Descriptions":[]}', '{"ID":"a"}', '{"APIs":[]}')
      .map((result) => ({ text: (id: string) => answer(result, id), right: true })),
  },
  {
    weight: 6,
    arbitrary: fc
      .constantFrom('0', '-1', '99999999999999999999', 'null', '"1"', '{}', 'true', '1e400', '1.5')
      .map((wrong) => ({ text: (id: string) => answer('{}', wrong === id ? '0' : wrong), right: false })),
  },
  { weight: 2, arbitrary: anything.map((tree) => ({ text: (id: string) => answer(write(tree), id), right: true })) },
  { weight: 2, arbitrary: anything.map((tree) => ({ text: () => write(tree), right: false })) },
  {
    weight: 2,
    arbitrary: fc.tuple(anything, anything).map(([code, message]) => ({
      text: (id: string) => `{"jsonrpc":"2.0","error":{"code":${write(code)},"message":${write(message)}},"id":${id}}`,
      right: false,
    })),
  },
  {
    weight: 3,
    arbitrary: fc
      .constantFrom(
        '',
        '\n',
        'ok',
        '<html>502</html>',
        '{"jsonrpc":"2.0","result":{',
        '[]',
        '{"id":1}',
        '\u0000',
        '\ufeff{}',
      )
      .map((text) => ({ text: () => text, right: false })),
  },
  { weight: 1, arbitrary: fc.constant({ text: () => 'x'.repeat(2_000_000), right: false }) },
)

interface Head {
  readonly line: string
  readonly headers: string
  readonly right: boolean
}

const head: Arbitrary<Head> = fc
  .tuple(
    fc.oneof(
      { weight: 12, arbitrary: fc.constant('HTTP/1.1 200 OK') },
      fc.constantFrom(
        'HTTP/1.1 204 No',
        'HTTP/1.1 304 x',
        'HTTP/1.1 401 x',
        'HTTP/1.1 413 x',
        'HTTP/1.1 500 x',
        'HTTP/1.1 302 x',
      ),
      fc.constantFrom(
        'HTTP/1.1 100 Continue',
        'HTTP/1.1 101 x',
        'HTTP/1.1 999 x',
        'HTTP/9.9 200 OK',
        'ICY 200',
        '',
        '\0',
      ),
    ),
    fc.oneof(
      { weight: 10, arbitrary: fc.constant('') },
      fc.constantFrom(
        `X: ${'y'.repeat(100_000)}\r\n`,
        'X: y\r\n'.repeat(5000),
        'no colon\r\n',
        'X: \0\r\n',
        'Connection: close\r\n',
      ),
    ),
  )
  .map(([line, headers]) => ({ line, headers, right: line === 'HTTP/1.1 200 OK' }))

const framings = ['exact', 'longer', 'shorter', 'chunked', 'bad chunk', 'until close', 'twice'] as const
type Framing = (typeof framings)[number]

function frame(framing: Framing, { line, headers }: Head, text: string): Buffer {
  const length = Buffer.byteLength(text)
  const start = `${line}\r\nContent-Type: text/plain\r\n${headers}`
  const chunk = `${length.toString(16)}\r\n${text}\r\n`
  switch (framing) {
    case 'exact':
      return Buffer.from(`${start}Content-Length: ${length}\r\n\r\n${text}`)
    case 'longer':
      return Buffer.from(`${start}Content-Length: ${length + 7}\r\n\r\n${text}`)
    case 'shorter':
      return Buffer.from(`${start}Content-Length: ${Math.max(0, length - 3)}\r\n\r\n${text}`)
    case 'chunked':
      return Buffer.from(`${start}Transfer-Encoding: chunked\r\n\r\n${length > 0 ? chunk : ''}0\r\n\r\n`)
    case 'bad chunk':
      return Buffer.from(`${start}Transfer-Encoding: chunked\r\n\r\n${chunk}zz\r\n`)
    case 'until close':
      return Buffer.from(`${start}\r\n${text}`)
    case 'twice':
      return Buffer.from(`${start}Content-Length: ${length}\r\n\r\n${text}`.repeat(2))
  }
}

/** Answers from right to absurd. */
export const play: Arbitrary<Play> = fc
  .record({
    head,
    body,
    framing: fc.oneof({ weight: 6, arbitrary: fc.constant<Framing>('exact') }, fc.constantFrom(...framings)),
    stopAfter: fc.oneof({ weight: 4, arbitrary: fc.constant(Infinity) }, fc.nat({ max: 300 })),
    then: fc.oneof(
      { weight: 3, arbitrary: fc.constant('keep' as const) },
      fc.constantFrom('close' as const, 'reset' as const),
    ),
    drip: fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, fc.constantFrom(1, 50)),
  })
  .map(({ head, body, framing, stopAfter, then, drip }) => ({
    bytes: (id) => frame(framing, head, body.text(id)),
    stopAfter,
    then,
    drip,
    right: head.right && body.right,
  }))
