/**
 * The server of the tests. `GET /` says which release it is and on which host it runs; `GET /health` whether it is well.
 * What it is sent is told back by its length and hash; `?slow=MS` takes so long, `?bytes=N` has so much more in its answer.
 * Every answer has its own hash in the header `x-sha256`. `POST /drain` is answered once nothing is in flight and nothing
 * was asked for `QUIET_MS` (default 300).
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
import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import { hostname } from 'node:os'

const env = process.env
const release = env.RELEASE ?? ''
const behaviour = { slowMs: 0, sick: false, crashAfter: -1, failPath: '' }
let draining = false
/** What is asked of it, beside how it is: how much is in flight, and when the last was answered (monotonic ms). */
const traffic = { inFlight: 0, lastAt: performance.now() }
const quietMs = Number(env.QUIET_MS ?? 300)
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
  const text = `${JSON.stringify({ release, hostname: hostname(), ...body })}\n`
  const hash = createHash('sha256').update(text).digest('hex')
  response.writeHead(status, { 'content-type': 'application/json', 'x-release': release, 'x-sha256': hash })
  response.end(text)
}

/** @param {import('node:http').IncomingMessage} request */
async function bodyOf(request) {
  let text = ''
  for await (const piece of request.setEncoding('utf8')) text += piece
  return text
}

/** @param {number} ms */
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

/** @param {import('node:http').IncomingMessage} request */
async function received(request) {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const piece of request) {
    hash.update(piece)
    bytes += piece.length
  }
  return bytes === 0 ? {} : { received: { bytes, sha256: hash.digest('hex') } }
}

async function quiet() {
  while (traffic.inFlight > 0 || performance.now() - traffic.lastAt < quietMs) await sleep(10)
}

/**
 * @param {import('node:http').IncomingMessage} request @param {import('node:http').ServerResponse} response
 * @param {URL} url
 */
async function serve(request, response, { pathname, searchParams }) {
  const body = await received(request)
  const slowMs = Number(searchParams.get('slow') ?? behaviour.slowMs)
  if (slowMs > 0) await sleep(slowMs)
  const more = searchParams.has('bytes') ? { more: 'x'.repeat(Number(searchParams.get('bytes'))) } : {}
  answer(response, pathname === behaviour.failPath ? 500 : 200, { path: pathname, ...body, ...more })
}

/** @param {import('node:http').IncomingMessage} request @param {import('node:http').ServerResponse} response */
async function handle(request, response) {
  const url = new URL(request.url ?? '/', 'http://server')
  if (url.pathname === '/behave') {
    behave(JSON.parse(await bodyOf(request)))
    return answer(response, 200, { behaviour })
  }
  if (url.pathname === '/health') {
    const well = !behaviour.sick && !draining
    return answer(response, well ? 200 : 503, { healthy: well })
  }
  if (url.pathname === '/drain') {
    await quiet()
    return answer(response, 200, { quiet: true })
  }
  traffic.inFlight++
  response.once('close', () => {
    traffic.inFlight--
    traffic.lastAt = performance.now()
  })
  await serve(request, response, url)
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
