/**
 * The least that a registry before Consul can be: bare node:http that takes a call on a socket, makes it a transaction, and
 * answers with the version. Arguments: the socket, the address of Consul.
 */
import { Agent, createServer, request } from 'node:http'

const [socket = '', address = ''] = process.argv.slice(2)
const agent = new Agent({ keepAlive: true })

interface Called {
  readonly id: number
  readonly params: { readonly Key: string; readonly Value: string }
}

function transact(body: string, done: (answer: string) => void): void {
  const headers = { 'content-length': Buffer.byteLength(body) }
  const sent = request(`${address}/v1/txn`, { agent, method: 'PUT', headers }, (answer) => {
    let text = ''
    answer.setEncoding('utf8').on('data', (piece: string) => (text += piece))
    answer.on('end', () => done(text))
  })
  sent.end(body)
}

createServer((req, res) => {
  let text = ''
  req.setEncoding('utf8').on('data', (piece: string) => (text += piece))
  req.on('end', () => {
    const { id, params } = JSON.parse(text) as Called
    const Value = Buffer.from(params.Value).toString('base64')
    transact(JSON.stringify([{ KV: { Verb: 'set', Key: `relay/${params.Key}`, Value } }]), (answer) => {
      const { Results } = JSON.parse(answer) as { Results: { KV: { ModifyIndex: number } }[] }
      const body = `{"jsonrpc":"2.0","result":{"Version":${Results[0]?.KV.ModifyIndex ?? 0}},"id":${id}}\n`
      res.writeHead(200, { 'Content-Type': 'text/plain; charset=utf-8', 'Content-Length': Buffer.byteLength(body) })
      res.end(body)
    })
  })
}).listen(socket, () => process.stdout.write('listening\n'))
