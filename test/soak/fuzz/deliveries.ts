import fc, { type Arbitrary } from 'fast-check'
import { fuzzRequest, type FuzzRequest } from './requests.js'

/** Requests that are sent as they should be, however strangely they are cut into pieces; each has to be answered. */
export interface Orderly {
  readonly kind: 'orderly'
  readonly requests: readonly FuzzRequest[]
  readonly bytes: Buffer
  /** Positions after which a pause is made. */
  readonly cuts: readonly number[]
  /** Whether the sender says that nothing more comes, before it has its answers. */
  readonly halfClosed: boolean
}

/** Bytes that break HTTP or are never finished. */
export interface Hostile {
  readonly kind: 'hostile'
  readonly bytes: Buffer
  /**
   * `close`: cut off when all is written; `stall`: left open and silent; `listen`: no more is sent, and whatever is
   * answered must be HTTP and end.
   */
  readonly then: 'close' | 'stall' | 'listen'
}

export type Delivery = Orderly | Hostile

const json = 'Content-Type: application/json\r\n'

function withLength(body: Buffer, extra: string): Buffer {
  const head = `POST / HTTP/1.1\r\nHost: x\r\n${json}${extra}Content-Length: ${body.length}\r\n\r\n`
  return Buffer.concat([Buffer.from(head), body])
}

function inChunks(body: Buffer, size: number, extra: string): Buffer {
  const head = `POST / HTTP/1.1\r\nHost: x\r\n${json}${extra}Transfer-Encoding: chunked\r\n\r\n`
  const parts: Buffer[] = [Buffer.from(head)]
  // Few enough that a long body does not take its time.
  const step = Math.max(size, Math.ceil(body.length / 50))
  for (let at = 0; at < body.length; at += step) {
    const chunk = body.subarray(at, at + step)
    parts.push(Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n'))
  }
  return Buffer.concat([...parts, Buffer.from('0\r\n\r\n')])
}

/** Requests on one connection, as anybody would send them. */
export function orderlyOf(requests: readonly FuzzRequest[]): Orderly {
  const bytes = Buffer.concat(requests.map(({ body }) => withLength(body, '')))
  return { kind: 'orderly', requests, bytes, cuts: [], halfClosed: false }
}

const sent = fc.tuple(
  fuzzRequest,
  fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.integer({ min: 1, max: 9 }) }),
  fc.oneof({ weight: 9, arbitrary: fc.constant('') }, fc.constantFrom('Expect: 100-continue\r\n', 'X: y\r\n')),
)

/** @param maxBodyBytes nothing is answered on a connection after a longer request */
function orderly(maxBodyBytes: number): Arbitrary<Orderly> {
  return fc
    .record({
      parts: fc.array(sent, { minLength: 1, maxLength: 4 }),
      cuts: fc.array(fc.nat({ max: 100_000 }), { maxLength: 5 }),
      halfClosed: fc.oneof({ weight: 6, arbitrary: fc.constant(false) }, fc.constant(true)),
    })
    .map(({ parts, cuts, halfClosed }) => {
      const tooLarge = parts.findIndex(([{ body }]) => body.length > maxBodyBytes)
      const taken = tooLarge < 0 ? parts : parts.slice(0, tooLarge + 1)
      const written = taken.map(([{ body }, chunk, extra]) =>
        chunk > 0 ? inChunks(body, chunk, extra) : withLength(body, extra),
      )
      const bytes = Buffer.concat(written)
      const positions = cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b)
      return { kind: 'orderly', requests: taken.map(([request]) => request), bytes, cuts: positions, halfClosed }
    })
}

const lengths = [
  '-1',
  '0',
  '1',
  '1e3',
  '0x10',
  'ten',
  '',
  '99999999999999999999',
  '12, 12',
  '12\r\nContent-Length: 13',
  '+5',
]
const verbs = ['GET', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'TRACE', 'CONNECT', 'FOO', 'post', 'M-SEARCH', '']
const targets = [
  ...['/', '/events', '/events?topic=%00', '/events?topic=../..', '/info/api.json', '/info/functions.json', '/healthz'],
  ...['/nowhere', '//', '/..', '/%00', '/%', '*', 'http://x/', '/?', '/?a=b', `/${'a'.repeat(20_000)}`, '/\u00ff', ''],
]
const headers = [
  ...[
    '',
    'Host: y\r\n',
    'Expect: something\r\n',
    'Connection: upgrade\r\nUpgrade: websocket\r\n',
    'Connection: close\r\n',
  ],
  ...['X: \0\r\n', ' folded\r\n', 'no colon\r\n', ': empty\r\n', 'X: a\nY: b\r\n', 'Transfer-Encoding: gzip\r\n'],
  ...[
    'Transfer-Encoding: chunked\r\nContent-Length: 3\r\n',
    'Content-Type: text/html\r\n',
    'Content-Encoding: gzip\r\n',
  ],
  'Content-Type: application/json; charset=utf-16\r\n',
  `X: ${'y'.repeat(100_000)}\r\n`,
  Array.from({ length: 3000 }, (_, at) => `X-${at}: y\r\n`).join(''),
]

const strangeHead = fc
  .record({
    verb: fc.constantFrom('POST', ...verbs),
    target: fc.constantFrom('/', ...targets),
    version: fc.oneof({ weight: 6, arbitrary: fc.constant('HTTP/1.1') }, fc.constantFrom('HTTP/1.0', 'HTTP/9.9', '')),
    header: fc.constantFrom(...headers),
    length: fc.oneof(fc.constant(undefined), fc.constantFrom(...lengths)),
    body: fuzzRequest.map(({ body }) => body.subarray(0, 5000)),
  })
  .map(({ verb, target, version, header, length, body }) => {
    const counted = length ?? String(body.length)
    const head = `${verb} ${target} ${version}\r\nHost: x\r\n${header}Content-Length: ${counted}\r\n\r\n`
    return Buffer.concat([Buffer.from(head, 'latin1'), body])
  })

const noHttp = fc.oneof(
  fc
    .constantFrom('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', '\x16\x03\x01\x02\x00\x01', '\r\n\r\n\r\n', '{"id":1}\n')
    .map(Buffer.from),
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
)

const badChunks = fc
  .constantFrom('zz\r\n', '5\r\n{}', '-1\r\n', 'ffffffffffffffffff\r\n', '2\r\n{}0\r\n\r\n', '1;x=y\r\n{\r\n1\r\n')
  .map((chunk) => Buffer.from(`POST / HTTP/1.1\r\nHost: x\r\n${json}Transfer-Encoding: chunked\r\n\r\n${chunk}`))

function hostile(maxBodyBytes: number): Arbitrary<Hostile> {
  const unfinished = fc
    .tuple(orderly(maxBodyBytes), fc.nat(), fc.constantFrom('close' as const, 'stall' as const, 'listen' as const))
    .map(([{ bytes }, cut, then]) => ({ bytes: bytes.subarray(0, cut % bytes.length), then }))
  const strange = fc.tuple(
    fc.oneof(strangeHead, noHttp, badChunks),
    fc.constantFrom('close' as const, 'listen' as const),
  )
  return fc
    .oneof(unfinished, { weight: 2, arbitrary: strange.map(([bytes, then]) => ({ bytes, then })) })
    .map((made) => ({ kind: 'hostile', ...made }))
}

/** Connections as nobody should make them, and all others. */
export function delivery(maxBodyBytes: number): Arbitrary<Delivery> {
  return fc.oneof({ weight: 6, arbitrary: orderly(maxBodyBytes) }, { weight: 1, arbitrary: hostile(maxBodyBytes) })
}
