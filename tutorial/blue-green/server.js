/** A web server that says which version it is. The version `broken` answers its visitors with an error. */
import { createServer } from 'node:http'

const { PORT, VERSION = '1' } = process.env

createServer((request, response) => {
  // It believes that it is well.
  const fails = VERSION === 'broken' && request.url !== '/health'
  response.writeHead(fails ? 500 : 200)
  response.end(fails ? 'out of coffee\n' : `Hello from version ${VERSION}\n`)
}).listen(Number(PORT), '127.0.0.1', () => console.log(`version ${VERSION} listens on port ${PORT}`))
