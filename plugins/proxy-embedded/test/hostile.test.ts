import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { startWebServer } from '@infrakit/testing'
import t from 'tap'
import { ask, createWorld, raw } from './world.js'

const smuggled = 'GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n'
const begin = 'POST /first HTTP/1.1\r\nHost: x\r\nConnection: close\r\n'
const cases: [what: string, text: string][] = [
  [
    'both Content-Length and Transfer-Encoding',
    `${begin}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`,
  ],
  ['two lengths that differ', `${begin}Content-Length: 0\r\nContent-Length: 36\r\n\r\n${smuggled}`],
  ['a list of lengths', `${begin}Content-Length: 0, 36\r\n\r\n${smuggled}`],
  ['a length with a sign', `${begin}Content-Length: +0\r\n\r\n${smuggled}`],
  ['a length that is no number', `${begin}Content-Length: 0x24\r\n\r\n${smuggled}`],
  ['a coding that is not chunked', `${begin}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${smuggled}`],
  ['chunked that is not the last coding', `${begin}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n${smuggled}`],
  ['a space before the colon', `${begin}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n${smuggled}`],
  ['a header that is continued', `${begin}X: y\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`],
  ['lines that end with a line feed alone', `${begin.replaceAll('\r\n', '\n')}Content-Length: 0\n\n${smuggled}`],
  ['a chunk with a length that is none', `${begin}Transfer-Encoding: chunked\r\n\r\n0x0\r\n\r\n${smuggled}`],
  ['a chunk that is longer than it says', `${begin}Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n${smuggled}`],
  ['chunks in HTTP/1.0', `POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`],
  ['no host', `POST / HTTP/1.1\r\nConnection: close\r\n\r\n${smuggled}`],
  ['two hosts', `${begin}Host: y\r\nContent-Length: 0\r\n\r\n${smuggled}`],
  ['a carriage return in a header', `${begin}X: y\rTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`],
  ['a zero byte in a header', `${begin}X: a\0b\r\n\r\n${smuggled}`],
  ['a path with a space', `GET /a b HTTP/1.1\r\nHost: x\r\n\r\n${smuggled}`],
  ['CONNECT', `CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n${smuggled}`],
]

t.test('a request that can be read in two ways reaches no server as two', async (t) => {
  const world = await createWorld(t)
  const web = await startWebServer(t, 'web')
  await world.serve([web.server])
  for (const [what, text] of cases) {
    web.asked.length = 0
    const answer = await raw(world.port, text, { half: true })
    const urls = web.asked.map(({ url }) => url)
    t.notOk(urls.includes('/smuggled') && urls.length === 1, `${what}: ${urls.join()}`)
    t.ok(/^HTTP\/1\.1 4\d\d/.test(answer) || !urls.includes('/smuggled'), `${what}: ${answer.slice(0, 30)}`)
  }
  t.match(await ask(world.port), { text: 'web' })
})

t.test('control: two requests one after the other are two', async (t) => {
  const world = await createWorld(t)
  const web = await startWebServer(t, 'web')
  await world.serve([web.server])
  await raw(world.port, `POST /first HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n${smuggled}`, { half: true })
  t.same(
    web.asked.map(({ url }) => url),
    ['/first', '/smuggled'],
  )
})

t.test('heads that are too long are refused, of requests and of answers', async (t) => {
  const world = await createWorld(t)
  const web = await startWebServer(t, 'web', (_, response) => response.writeHead(200, { x: 'y'.repeat(100_000) }).end())
  await world.serve([web.server])
  t.match(await raw(world.port, `GET / HTTP/1.1\r\nHost: x\r\nX: ${'y'.repeat(20_000)}\r\n\r\n`), /^HTTP\/1\.1 431/)
  t.equal(web.asked.length, 0)
  t.match(await ask(world.port, '/', { method: 'POST' }), { status: 502 })
})

t.test('who sends a byte now and then does not hold a connection for ever', async (t) => {
  const world = await createWorld(t)
  const web = await startWebServer(t, 'web')
  await world.serve([web.server], { Timeouts: { Client: '500ms' } })
  const slow = connect(world.port, '127.0.0.1')
  slow.on('error', () => undefined)
  let over = false
  const closed = new Promise<void>((resolve) => slow.once('close', resolve)).then(() => (over = true))
  slow.write('GET / HTTP/1.1\r\nHost: x\r\n')
  while (!over) {
    slow.write('X: y\r\n')
    await Promise.race([closed, sleep(50)])
  }
  const silent = connect(world.port, '127.0.0.1')
  silent.on('error', () => undefined)
  silent.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\nx')
  await new Promise((resolve) => silent.resume().once('close', resolve))
  t.equal((await ask(world.port)).text, 'web')
  t.match(await world.server('web'), { State: 'up' })
})
