/** An HTTP response, whole. */
export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

interface Head {
  readonly status: number
  readonly headers: Record<string, string>
  readonly end: number
}

function readHead(bytes: Buffer): Head | undefined {
  const end = bytes.indexOf('\r\n\r\n')
  if (end < 0) return undefined
  const [first = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n')
  const status = /^HTTP\/1\.1 (\d{3}) /.exec(`${first} `)?.[1]
  if (status === undefined) throw new Error(`not an HTTP answer: ${first.slice(0, 100)}`)
  const headers: Record<string, string> = {}
  for (const line of lines) {
    const colon = line.indexOf(':')
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim()
  }
  return { status: Number(status), headers, end: end + 4 }
}

/** The body of a chunked answer and where it ends; `undefined` while it is not whole. */
function readChunks(bytes: Buffer, from: number): { body: Buffer; end: number } | undefined {
  const chunks: Buffer[] = []
  for (let at = from; ;) {
    const line = bytes.indexOf('\r\n', at)
    if (line < 0) return undefined
    const size = parseInt(bytes.toString('latin1', at, line), 16)
    if (Number.isNaN(size)) throw new Error('a chunk of an answer has no size')
    const end = line + 2 + size + 2
    if (bytes.length < end) return undefined
    if (size === 0) return { body: Buffer.concat(chunks), end }
    chunks.push(bytes.subarray(line + 2, line + 2 + size))
    at = end
  }
}

/**
 * Takes apart what a server writes to one connection, with nothing of node:http, which would pass over what is out of
 * order. Feed it bytes as they come; it calls `onReply` for each answer and throws for what is none.
 */
export function createReplyReader(onReply: (reply: Reply) => void): { take(bytes: Buffer): void; rest(): number } {
  let waiting: Buffer = Buffer.alloc(0)

  function readOne(): boolean {
    const head = readHead(waiting)
    if (!head) return false
    const { status, headers, end } = head
    if (status >= 100 && status < 200) {
      waiting = waiting.subarray(end)
      return true
    }
    const chunked = headers['transfer-encoding'] === 'chunked'
    const length = Number(headers['content-length'] ?? 0)
    if (!chunked && waiting.length < end + length) return false
    const whole = chunked ? readChunks(waiting, end) : { body: waiting.subarray(end, end + length), end: end + length }
    if (!whole) return false
    onReply({ status, headers, body: Buffer.from(whole.body) })
    waiting = waiting.subarray(whole.end)
    return true
  }

  return {
    take(bytes) {
      waiting = waiting.length === 0 ? bytes : Buffer.concat([waiting, bytes])
      while (waiting.length > 0 && readOne());
    },
    rest: () => waiting.length,
  }
}
