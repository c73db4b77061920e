import { createHash } from 'node:crypto'
import { Agent, request, type IncomingMessage } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

export interface LoadOptions {
  readonly port: number
  readonly clients: number
  /** What each client rests after each answer (ms). */
  readonly pauseMs: number
  /** Whether a release may answer now. */
  readonly expects: (release: string) => boolean
}

export interface Load {
  /** Answered as they should be. */
  readonly answered: number
  /** Every request that was not, in words. */
  readonly failures: readonly string[]
  /** Ends all clients after their request of the moment; answers how many requests the laziest of them made. */
  stop(): Promise<number>
}

export interface Asked {
  readonly path: string
  readonly body?: Buffer
  /** POST when there is a body, else GET. */
  readonly method?: string
  /** On a connection of its own. */
  readonly alone?: boolean
}

const timeoutMs = 60_000
const [small, large] = [Buffer.alloc(1000, 'a'), Buffer.alloc(1_000_000, 'b')]

/** Of 100 requests 5 take 200 ms, 1 sends a megabyte, 20 send a kilobyte, 4 ask for 100 kB, 10 have a connection of their own. */
export function mix(at: number): Asked {
  const kind = (at * 37) % 100
  if (kind < 5) return { path: '/?slow=200' }
  if (kind < 6) return { path: '/upload', body: large }
  if (kind < 26) return { path: '/post', body: small }
  if (kind < 30) return { path: '/?bytes=100000' }
  return kind < 40 ? { path: '/', alone: true } : { path: '/' }
}

const hashOf = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

/** Of what is sent again and again. */
const hashes = new WeakMap<Buffer, string>()

function knownHash(bytes: Buffer): string {
  const hash = hashes.get(bytes) ?? hashOf(bytes)
  hashes.set(bytes, hash)
  return hash
}

/** What is wrong with an answer; nothing when all is right. */
export function faultOf(
  { path, body }: Asked,
  { status, sha256, bytes }: { status: number; sha256: unknown; bytes: Buffer },
  expects: (release: string) => boolean,
): string | undefined {
  if (status !== 200) return `status ${status}`
  if (hashOf(bytes) !== sha256) return `a body of ${bytes.length} bytes that is not what was sent`
  const told = JSON.parse(bytes.toString()) as { release: string; received?: { bytes: number; sha256: string } }
  if (!expects(told.release)) return `answered by release ${told.release}`
  if (path.includes('bytes=') && bytes.length < 100_000) return `${bytes.length} bytes`
  if (body && told.received?.bytes !== body.length) return `${told.received?.bytes} bytes arrived of ${body.length}`
  if (body && told.received?.sha256 !== knownHash(body)) return 'something else arrived'
  return undefined
}

/** Asks, and answers with what came back. Rejects when it does not come, whole and in time. */
export async function send(
  port: number,
  asked: Asked,
  agent: Agent,
): Promise<{ status: number; sha256: unknown; bytes: Buffer }> {
  const { path, body, method = body ? 'POST' : 'GET', alone } = asked
  const sent = request({ host: '127.0.0.1', port, path, method, agent: alone ? false : agent })
  const late = setTimeout(() => sent.destroy(new Error('no answer in time')), timeoutMs)
  try {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      sent.once('response', resolve).once('error', reject)
      sent.end(body)
    })
    const bytes = await wholeOf(response)
    return { status: response.statusCode ?? 0, sha256: response.headers['x-sha256'], bytes }
  } finally {
    clearTimeout(late)
  }
}

/** Rejects when it breaks off. */
function wholeOf(response: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = []
    const broken = () => reject(new Error('the answer is not whole'))
    response.on('data', (piece: Buffer) => void pieces.push(piece))
    response.once('end', () => (response.complete ? resolve(Buffer.concat(pieces)) : broken()))
    response.once('error', reject).once('close', broken)
  })
}

/** Clients that ask without end, each one thing after the other, and hold every answer against what it has to be. */
export function startLoad({ port, clients, pauseMs, expects }: LoadOptions): Load {
  const agent = new Agent({ keepAlive: true, maxSockets: clients, maxFreeSockets: clients })
  const load = { answered: 0, failures: [] as string[] }
  let over = false
  let next = 0

  async function client(): Promise<number> {
    let made = 0
    for (; !over; made++) {
      const asked = mix(next++)
      try {
        const fault = faultOf(asked, await send(port, asked, agent), expects)
        if (fault === undefined) load.answered++
        else load.failures.push(`${asked.path}: ${fault}`)
      } catch (error) {
        load.failures.push(`${asked.path}: ${String(error)}`)
      }
      await sleep(pauseMs)
    }
    return made
  }

  const all = Array.from({ length: clients }, client)
  return {
    get answered() {
      return load.answered
    },
    get failures() {
      return load.failures
    },
    async stop() {
      over = true
      const made = await Promise.all(all)
      agent.destroy()
      return Math.min(...made)
    },
  }
}
