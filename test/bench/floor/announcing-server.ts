/** A web server that says on a socket that it listens, so that nobody has to ask. Argument: the socket. Environment: PORT. */
import { createServer } from 'node:http'
import { connect } from 'node:net'

const server = createServer((_, response) => response.end('ok'))
server.listen(Number(process.env['PORT']), '127.0.0.1', () => connect(process.argv[2] ?? '').end(`${process.pid}\n`))
