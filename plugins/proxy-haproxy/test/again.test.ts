import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { request, type IncomingMessage } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { freePort, startWebServer } from '@infrakit/testing'
import { get } from './servers.js'
import { needsHaproxy, open, route, server } from './support.js'

/** Sends the head first and the body in pieces, as slow clients do. */
async function send(port: number, method: string, bytes: number): Promise<number | undefined> {
  const sent = request({ port, host: '127.0.0.1', method, agent: false, headers: { 'content-length': bytes } })
  const answered = once(sent, 'response') as Promise<[IncomingMessage]>
  sent.flushHeaders()
  for (const piece of [1, bytes - 1]) {
    await sleep(20)
    sent.write(Buffer.alloc(piece, 'x'))
  }
  sent.end()
  const [response] = await answered
  response.resume()
  return response.statusCode
}

t.test('a server dies before it answers: what can be asked again is, up to 16 KB', needsHaproxy, async (t) => {
  const [well, port, { proxy }] = [await startWebServer(t, 'well'), await freePort(), await open(t)]
  const dying = createServer((socket) => {
    // It is dead once it has been sent something, with more of it unread.
    socket.once('data', () => socket.resetAndDestroy()).on('error', () => undefined)
  }).listen(0, '127.0.0.1')
  await once(dying, 'listening')
  t.teardown(() => dying.close())
  const bad = { name: 'bad', port: (dying.address() as AddressInfo).port }
  await proxy.apply({ Route: route(port, [server(bad), server(well)], { MaxFails: 0 }) })
  for (const bytes of [10, 16 * 1024]) {
    for (let at = 0; at < 4; at++) t.equal(await send(port, 'PUT', bytes), 200, `PUT of ${bytes} bytes`)
  }
  const posted = []
  for (let at = 0; at < 4; at++) posted.push(await get(port, { method: 'POST', body: 'x' }))
  const failed = posted.filter((answer) => answer.startsWith('502'))
  t.equal(failed.length, 2, 'what could be done twice is not')
  t.equal(well.asked.length, 8 + 2)
})
