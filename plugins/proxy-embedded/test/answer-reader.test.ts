import t from 'tap'
import { AnswerReader, BadAnswer, type AnswerHead } from '../src/worker/answer-reader.js'

interface Read {
  readonly heads: AnswerHead[]
  readonly body: string
  /** `undefined` while the answer is not whole. */
  readonly clean: boolean | undefined
}

/** What is read of bytes that come in pieces of this length, `'end'`: and then the other side closes. */
function read(text: string, { method = 'GET', step = text.length, end = false } = {}): Read {
  const found: { heads: AnswerHead[]; body: string; clean: boolean | undefined } = {
    heads: [],
    body: '',
    clean: undefined,
  }
  const reader = new AnswerReader({
    head: (head) => void found.heads.push(head),
    body: (piece) => (found.body += piece.toString('latin1')),
    end(last, clean) {
      found.body += last?.toString('latin1') ?? ''
      found.clean = clean
    },
  })
  reader.begin(method)
  const bytes = Buffer.from(text, 'latin1')
  for (let at = 0; at < bytes.length; at += step) reader.feed(bytes.subarray(at, at + step))
  if (end) reader.close()
  return found
}

const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'
const cases: [what: string, text: string, wanted: object, how?: { method?: string; end?: boolean }][] = [
  ['a length', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello', { body: 'hello', clean: true }],
  ['no body at all', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n', { body: '', clean: true }],
  ['chunks', `${chunked}5\r\nhello\r\n1;x=y\r\n!\r\n0\r\n\r\n`, { body: 'hello!', clean: true }],
  ['chunks with trailers', `${chunked}A\r\n0123456789\r\n000\r\nX: y\r\n\r\n`, { body: '0123456789', clean: true }],
  ['until the end', 'HTTP/1.0 200 OK\r\n\r\nhello', { body: 'hello', clean: false }, { end: true }],
  ['until the end, and it is open', 'HTTP/1.1 200 OK\r\n\r\nhello', { body: 'hello', clean: undefined }],
  ['HEAD', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n', { body: '', clean: true }, { method: 'HEAD' }],
  ['HEAD of chunks', chunked, { body: '', clean: true }, { method: 'HEAD' }],
  ['204', 'HTTP/1.1 204 No Content\r\n\r\n', { body: '', clean: true }],
  ['304', 'HTTP/1.1 304 \r\nContent-Length: 7\r\n\r\n', { body: '', clean: true }],
  [
    'others before it',
    `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 x\r\nA: b\r\n\r\n${chunked}0\r\n\r\n`,
    { clean: true },
  ],
]

for (const [what, text, wanted, how] of cases) {
  t.test(`the body of an answer, however it comes in pieces: ${what}`, async (t) => {
    const whole = read(text, how)
    t.match(whole, wanted)
    t.equal(whole.heads.length, 1)
    for (let step = 1; step < text.length; step++) t.same(read(text, { ...how, step }), whole)
  })
}

t.test('what comes behind an answer is not taken for another, and is told', async (t) => {
  for (const text of [`HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok`, `${chunked}2\r\nok\r\n0\r\n\r\n`]) {
    t.match(read(`${text}HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n`), {
      heads: { length: 1 },
      body: 'ok',
      clean: false,
    })
  }
})

t.test('the head is as it was sent', async (t) => {
  const [head] = read('HTTP/1.1 299 so \xe4 so\r\nSet-Cookie: a\r\nset-cookie:\tb \t\r\nE:\r\nN: \xa0x\r\n\r\n').heads
  t.same(head, {
    status: 299,
    words: 'so \xe4 so',
    headers: ['Set-Cookie', 'a', 'set-cookie', 'b', 'E', '', 'N', '\xa0x'],
    persists: true,
  })
  t.match(read('HTTP/1.0 200\r\n\r\n').heads, [{ words: '', persists: false }])
})

const ok = 'HTTP/1.1 200 OK\r\n'
const bad: [what: string, text: string][] = [
  ['another protocol', 'SSH-2.0-OpenSSH_9.6\r\n\r\n'],
  ['another version', 'HTTP/2.0 200 OK\r\n\r\n'],
  ['a status that is none', 'HTTP/1.1 020 OK\r\n\r\n'],
  ['a protocol that nobody asked for', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n'],
  ['two lengths', `${ok}Content-Length: 5\r\ncontent-length: 5\r\n\r\nhello`],
  ['a list of lengths', `${ok}Content-Length: 5, 5\r\n\r\nhello`],
  ['a length with a sign', `${ok}Content-Length: +5\r\n\r\nhello`],
  ['a length and chunks', `${ok}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
  ['another coding', `${ok}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`],
  ['chunked twice', `${ok}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
  ['chunks in HTTP/1.0', 'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
  ['a header without a name', `${ok}: x\r\n\r\n`],
  ['a header without a colon', `${ok}nonsense\r\nX: y\r\n\r\n`],
  ['a space before the colon', `${ok}X : y\r\n\r\n`],
  ['a header that is continued', `${ok}X: y\r\n z\r\n\r\n`],
  ['a line feed alone', `${ok}X: y\nZ: a\r\n\r\n`],
  ['a carriage return alone', `${ok}X: y\rZ: a\r\n\r\n`],
  ['a zero byte', `${ok}X: a\0b\r\n\r\n`],
  ['a head without an end', `${ok}X: ${'y'.repeat(20_000)}`],
  ['a head that is too long', `${ok}X: ${'y'.repeat(20_000)}\r\n\r\n`],
  ['a chunk without a length', `${chunked}\r\nhello\r\n`],
  ['a chunk whose length is no number', `${chunked}0x5\r\nhello\r\n`],
  ['a chunk that is longer than it says', `${chunked}1\r\nhello\r\n0\r\n\r\n`],
  ['a chunk whose line does not end', `${chunked}5${' '.repeat(2000)}`],
]

t.test('an answer that makes no sense, or could be read in two ways, is none', async (t) => {
  for (const [what, text] of bad) {
    t.throws(() => read(text), BadAnswer, what)
    t.throws(() => read(text, { step: 1 }), BadAnswer, `${what}, byte by byte`)
  }
})

t.test('an answer that is not whole when the other side closes is none', async (t) => {
  const short = [
    '',
    'HTTP/1.1 200',
    `${ok}\r\n`.slice(0, -1),
    `${ok}Content-Length: 5\r\n\r\nhell`,
    `${chunked}5\r\nhello\r\n`,
  ]
  for (const text of short) t.throws(() => read(text, { step: 3, end: true }), BadAnswer, JSON.stringify(text))
})

t.test('who stops in the midst hears no more', async (t) => {
  let pieces = 0
  const reader = new AnswerReader({
    head: () => reader.stop(),
    body: () => pieces++,
    end: () => pieces++,
  })
  reader.begin('GET')
  reader.feed(Buffer.from(`${chunked}2\r\nok\r\n0\r\n\r\n`))
  t.equal(pieces, 0)
})
