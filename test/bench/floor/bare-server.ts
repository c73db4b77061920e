/**
 * The least that can answer a JSON-RPC call: bare node:http and a result that is text already; with `write` it is a value
 * of which each answer makes text. Arguments: the socket, a file that holds the result, `write` or nothing.
 */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'

const [socket = '', file = '', how] = process.argv.slice(2)
const text = readFileSync(file, 'utf8')
const result: unknown = JSON.parse(text)
const before = `{"jsonrpc":"2.0","result":${text},"id":`

createServer((req, res) => {
  const chunks: Buffer[] = []
  req.on('data', (chunk: Buffer) => chunks.push(chunk))
  req.on('end', () => {
    const { id } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as { id: number }
    const body = how === 'write' ? `${JSON.stringify({ jsonrpc: '2.0', result, id })}\n` : `${before}${id}}\n`
    res.writeHead(200, { 'Content-Type': 'text/plain; charset=utf-8', 'Content-Length': Buffer.byteLength(body) })
    res.end(body)
  })
}).listen(socket, () => process.stdout.write('listening\n'))
