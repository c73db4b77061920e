/** A web server that says which version it is. The version `broken` answers its visitors with an error. */
import { createServer } from 'node:http'

const { HOST = '127.0.0.1', PORT, VERSION = '1' } = process.env

createServer((request, response) => {
  // It believes that it is well.
  const fails = VERSION === 'broken' && request.url !== '/health'
  response.writeHead(fails ? 500 : 200)
  response.end(fails ? 'out of coffee\n' : `Hello from version ${VERSION}\n`)
}).listen(Number(PORT), HOST, () => console.log(`version ${VERSION} listens on port ${PORT}`))

// The first process of a container would not heed it.
process.on('SIGTERM', () => process.exit(0))
