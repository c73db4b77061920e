/**
 * The least that can keep what it is sent: bare node:http that appends each request to a file, syncs it, tells whoever
 * listens, and answers. Arguments: the socket, the file.
 */
import { open } from 'node:fs/promises'
import { createServer, type ServerResponse } from 'node:http'

const [socket = '', path = ''] = process.argv.slice(2)
const file = await open(path, 'a')
const listeners = new Set<ServerResponse>()
const event = JSON.stringify({ Topic: 'registry/keys/a', Type: 'put', ID: 'a', Message: 'a: put', Timestamp: '' })

async function keep(body: string): Promise<string> {
  await file.write(body)
  await file.datasync()
  for (const listener of listeners) listener.write(`data: ${event}\n\n`)
  const { id } = JSON.parse(body) as { id: number }
  return `{"jsonrpc":"2.0","result":{"Version":1},"id":${id}}\n`
}

createServer((req, res) => {
  if (req.method === 'GET') {
    res.writeHead(200, { 'Content-Type': 'text/event-stream' }).flushHeaders()
    listeners.add(res)
    res.on('close', () => listeners.delete(res))
    return
  }
  const chunks: Buffer[] = []
  req.on('data', (chunk: Buffer) => chunks.push(chunk))
  req.on('end', () => {
    void keep(Buffer.concat(chunks).toString('utf8')).then((body) => {
      res.writeHead(200, { 'Content-Type': 'text/plain; charset=utf-8', 'Content-Length': Buffer.byteLength(body) })
      res.end(body)
    })
  })
}).listen(socket, () => process.stdout.write('listening\n'))
