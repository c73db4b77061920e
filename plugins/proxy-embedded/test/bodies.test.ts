import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { request, type IncomingMessage } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { startWebServer, waitUntil } from '@infrakit/testing'
import t from 'tap'
import { ask, createWorld, type World } from './world.js'

const large = randomBytes(10_000_000)
const hash = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

/** Of all workers (MB). */
function memoryOf(world: World): number {
  const kilobytes = world.pids.map((pid) =>
    Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]),
  )
  return kilobytes.reduce((sum, one) => sum + one, 0) / 1000
}

t.test('10 MB arrive as they were sent, both ways', async (t) => {
  const world = await createWorld(t)
  const web = await startWebServer(t, 'web', (request, response) => {
    const hashing = createHash('sha256')
    request.on('data', (piece: Buffer) => hashing.update(piece))
    request.on('end', () => response.writeHead(200, { 'x-received': hashing.digest('hex') }).end(large))
  })
  await world.serve([web.server])
  for (const headers of [{ 'content-length': large.length }, { 'transfer-encoding': 'chunked' }]) {
    const sent = request({ port: world.port, host: '127.0.0.1', method: 'POST', headers, agent: false }).end(large)
    const [answer] = (await once(sent, 'response')) as [IncomingMessage]
    const hashing = createHash('sha256')
    for await (const piece of answer) hashing.update(piece as Buffer)
    t.equal(answer.headers['x-received'], hash(large))
    t.equal(hashing.digest('hex'), hash(large))
  }
})

t.test('who reads slowly is sent slowly: memory stays bounded', async (t) => {
  const world = await createWorld(t)
  let given = 0
  const piece = Buffer.alloc(1_000_000, 'x')
  const total = 20
  const web = await startWebServer(t, 'web', (_, response) => {
    let left = total
    const more = () => {
      while (left-- > 0) {
        given++
        if (!response.write(piece)) return void response.once('drain', more)
      }
      response.end()
    }
    more()
  })
  await world.serve([web.server])
  await ask(world.port)
  const before = memoryOf(world)
  given = 0
  const clients = await Promise.all(
    Array.from({ length: 10 }, async () => {
      const sent = request({ port: world.port, host: '127.0.0.1', agent: false }).end()
      const [answer] = (await once(sent, 'response')) as [IncomingMessage]
      answer.pause()
      return answer
    }),
  )
  let last = -1
  await waitUntil('nothing more to come', async () => {
    const same = last === given
    last = given
    await sleep(200)
    return same
  })
  t.ok(given < 10 * total, `${given} MB of ${10 * total} were taken`)
  t.ok(memoryOf(world) - before < 60, `${memoryOf(world) - before} MB more`)
  const lengths = await Promise.all(
    clients.map(async (answer) => {
      let length = 0
      for await (const part of answer) length += (part as Buffer).length
      return length
    }),
  )
  t.same(new Set(lengths), new Set([total * piece.length]), 'and all of it comes')
})

t.test('a server that reads slowly is sent slowly: memory stays bounded', async (t) => {
  const world = await createWorld(t)
  const waiting: IncomingMessage[] = []
  const web = await startWebServer(t, 'web', (request, response) => {
    if (request.method === 'GET') return response.end()
    waiting.push(request)
    let length = 0
    request.on('data', (part: Buffer) => (length += part.length))
    request.on('end', () => response.end(String(length)))
    request.pause()
    return
  })
  await world.serve([web.server])
  await ask(world.port)
  const before = memoryOf(world)
  const answers = Array.from({ length: 10 }, () =>
    ask(world.port, '/', { method: 'PUT', body: Buffer.concat([large, large]) }),
  )
  await waitUntil('all to be asked', () => waiting.length === 10)
  await sleep(500)
  t.ok(memoryOf(world) - before < 60, `${memoryOf(world) - before} MB more`)
  for (const request of waiting) request.resume()
  for (const answer of await Promise.all(answers)) t.equal(answer.text, '20000000')
})
