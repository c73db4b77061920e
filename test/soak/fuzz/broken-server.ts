import { appendFileSync, openSync } from 'node:fs'
import { createServer as createHttpServer, request, type IncomingMessage, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import { createServer, offer } from '@infrakit/rpc'
import { flavorInterface, instanceInterface } from '@infrakit/spi'
import { memoryFlavor, memoryInstance } from '@infrakit/testing'
import type { Fault } from './faults.js'

const [name = '', fault = 'none'] = process.argv.slice(2) as [string, Fault | 'none']
const socket = join(process.env['INFRAKIT_PLUGINS_DIR'] ?? '', name)
const maxBodyBytes = 1024 * 1024
const kept: unknown[] = []

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  return 1 + Math.max(0, ...Object.values(value).map(depthOf))
}

/** What goes wrong while a call is answered. */
const slips: Partial<Record<Fault | 'none', (request: unknown) => void | Promise<void>>> = {
  'crashes on deep nesting': (request) => {
    if (depthOf(request) > 5) setImmediate(() => process.exit(7))
  },
  'leaks descriptors': () => void openSync('/dev/null', 'r'),
  'leaks memory': () => void kept.push(Buffer.alloc(30_000_000, 1)),
  'throws what it did not expect': (request) => {
    if (depthOf(request) > 1) throw new TypeError('cannot read properties of undefined')
  },
  'never answers some calls': (request) => (depthOf(request) > 2 ? new Promise(() => undefined) : undefined),
  'writes where it should not': () => appendFileSync(join(process.env['INFRAKIT_HOME'] ?? '', 'trace'), 'x'),
  'logs errors': () => void process.stderr.write('{"level":"error","msg":"oh"}\n'),
}

/** Serves properly but for what each call does on the side. */
async function serve(path: string): Promise<void> {
  const slip = slips[fault] ?? (() => undefined)
  const server = createServer({
    offers: [offer(instanceInterface, memoryInstance().handlers), offer(flavorInterface, memoryFlavor().handlers)],
    vendor: { name, version: '0' },
    maxBodyBytes,
    intercept: async ({ request }, next) => {
      await slip(request)
      return next()
    },
  })
  await server.listen({ path })
}

/** What is made of a proper answer on its way to the caller. */
const tampering: Partial<Record<Fault | 'none', (text: string) => string>> = {
  'reads ids as numbers': (text) => text && JSON.stringify(JSON.parse(text)),
  'answers notifications': (text) => text || '{"jsonrpc":"2.0","result":null,"id":null}',
  'mixes up batches': (text) =>
    text.startsWith('[') ? JSON.stringify((JSON.parse(text) as unknown[]).slice(1)) : text,
}

async function collect(from: AsyncIterable<unknown>): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of from) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

/** Stands before the server and spoils its answers. */
function relay(tamper: (text: string) => string, behind: string): void {
  const pass = async (req: IncomingMessage, res: ServerResponse) => {
    const { method, url: path, headers } = req
    const body = await collect(req)
    const forwarded = { 'content-type': headers['content-type'] ?? '', 'content-length': body.length }
    const sent = request({ socketPath: behind, method, path, headers: forwarded, agent: false })
    sent.on('error', () => res.destroy())
    sent.on('response', (answer) => {
      void collect(answer).then((text) => {
        res.writeHead(answer.statusCode ?? 500)
        res.end(answer.statusCode === 200 ? tamper(text.toString()) : text)
      })
    })
    sent.end(body)
  }
  const server = createHttpServer((req, res) => void pass(req, res).catch(() => res.destroy()))
  Object.assign(server, { httpAllowHalfOpen: true })
  server.listen(socket)
}

const tamper = tampering[fault]
await serve(tamper ? `${socket}.real` : socket)
if (tamper) relay(tamper, `${socket}.real`)
