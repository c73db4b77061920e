/**
 * The least that can answer a JSON-RPC call: bare node:http and a result that is text already. Arguments: the socket, a
 * file that holds the result.
 */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'

const [socket = '', file = ''] = process.argv.slice(2)
const before = `{"jsonrpc":"2.0","result":${readFileSync(file, 'utf8')},"id":`

createServer((req, res) => {
  const chunks: Buffer[] = []
  req.on('data', (chunk: Buffer) => chunks.push(chunk))
  req.on('end', () => {
    const { id } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as { id: number }
    const text = `${before}${id}}\n`
    res.writeHead(200, { 'Content-Type': 'text/plain; charset=utf-8', 'Content-Length': Buffer.byteLength(text) })
    res.end(text)
  })
}).listen(socket, () => process.stdout.write('listening\n'))
