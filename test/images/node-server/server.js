/**
 * The server of the tests. `GET /` says which release it is and on which host it runs; `GET /health` whether it is well.
 *
 * It is told how to behave by its environment, and at any time by `POST /behave` with JSON:
 *
 * - `SLOW_MS`, `slowMs`: every answer but that of /health takes so long
 * - `SICK`, `sick`: /health answers 503
 * - `CRASH_AFTER`, `crashAfter`: it exits with status 3 after so many seconds
 * - `FAIL_PATH`, `failPath`: what is asked of this path fails with 500
 *
 * At SIGTERM it is not healthy any more, takes no new connection, answers all that it was asked and ends with status 0.
 */
import { createServer } from 'node:http'
import { hostname } from 'node:os'

const env = process.env
const release = env.RELEASE ?? ''
const behaviour = { slowMs: 0, sick: false, crashAfter: -1, failPath: '' }
let draining = false
/** @type {NodeJS.Timeout | undefined} */
let crash

/** @param {Partial<typeof behaviour>} wanted */
function behave(wanted) {
  Object.assign(behaviour, wanted)
  if (wanted.crashAfter === undefined) return
  clearTimeout(crash)
  if (wanted.crashAfter >= 0) crash = setTimeout(() => process.exit(3), wanted.crashAfter * 1000)
}

/** @param {import('node:http').ServerResponse} response @param {number} status @param {object} body */
function answer(response, status, body) {
  // Who keeps its connection would keep it open for ever.
  if (draining) response.setHeader('connection', 'close')
  response.writeHead(status, { 'content-type': 'application/json', 'x-release': release })
  response.end(`${JSON.stringify({ release, hostname: hostname(), ...body })}\n`)
}

/** @param {import('node:http').IncomingMessage} request */
async function bodyOf(request) {
  let text = ''
  for await (const piece of request.setEncoding('utf8')) text += piece
  return text
}

/** @param {import('node:http').IncomingMessage} request @param {import('node:http').ServerResponse} response */
async function handle(request, response) {
  const { pathname } = new URL(request.url ?? '/', 'http://server')
  if (pathname === '/behave') {
    behave(JSON.parse(await bodyOf(request)))
    return answer(response, 200, { behaviour })
  }
  if (pathname === '/health') {
    const well = !behaviour.sick && !draining
    return answer(response, well ? 200 : 503, { healthy: well })
  }
  request.resume()
  if (behaviour.slowMs > 0) await new Promise((resolve) => setTimeout(resolve, behaviour.slowMs))
  const fails = pathname === behaviour.failPath
  answer(response, fails ? 500 : 200, { path: pathname })
}

const server = createServer((request, response) => {
  handle(request, response).catch((error) => answer(response, 400, { error: String(error) }))
})

process.on('SIGTERM', () => {
  draining = true
  server.close(() => process.exit(0))
  server.closeIdleConnections()
})

behave({
  slowMs: Number(env.SLOW_MS ?? 0),
  sick: (env.SICK ?? '') !== '',
  crashAfter: env.CRASH_AFTER === undefined ? -1 : Number(env.CRASH_AFTER),
  failPath: env.FAIL_PATH ?? '',
})
server.listen(Number(env.PORT ?? 8080), () => {
  const address = server.address()
  console.log(`release ${release} listens on ${typeof address === 'object' ? address?.port : address}`)
})
