/** A process that answers requests, so that its work is not measured with ours; each with how many there were. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

const served = { requests: 0 }
const server = createServer((request, response) => {
  if (request.url !== '/count') served.requests++
  response.end(String(served.requests))
})
server.listen(0, '127.0.0.1', 4096, () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`)
})
