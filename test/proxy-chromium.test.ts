import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { freePort, skipFor, waitUntil } from '@infrakit/testing'
import t from 'tap'
import { WebSocketServer } from 'ws'
import { openPage } from './load/chromium.js'
import { startProxy } from './load/proxies.js'

const proxies = ['proxy-embedded', 'proxy-haproxy', 'proxy-nginx'] as const
/** Of messages: those that are framed in one way each, and one in pieces. */
const lengths = [0, 1, 125, 126, 65536, 1000000]

/** Sends bytes of several lengths over WebSockets to each of the ports that it is given, and says what came back. */
const page = `<!doctype html><script>
const talk = (port, length) => new Promise((done, failed) => {
  const socket = new WebSocket('ws://127.0.0.1:' + port + '/ws')
  socket.binaryType = 'arraybuffer'
  const sent = new Uint8Array(length).fill(7)
  socket.onopen = () => socket.send(sent)
  socket.onerror = () => failed(new Error('broken at ' + port))
  socket.onmessage = ({ data }) => {
    socket.close(1000)
    socket.onclose = ({ code, wasClean }) => done([data.byteLength, new Uint8Array(data).every((one) => one === 7), code, wasClean])
  }
})
const ports = location.search.slice(1).split(',')
Promise.all(ports.map((port) => Promise.all(${JSON.stringify(lengths)}.map((length) => talk(port, length)))))
  .catch(String)
  .then((found) => fetch('/found', { method: 'POST', body: JSON.stringify(found) }))
</script>`

t.test('WebSockets of Chromium through every proxy', { skip: skipFor(['chromium', 'haproxy', 'nginx']) }, async (t) => {
  let found: unknown
  const server = createServer((request, response) => {
    if (request.method === 'POST') void text(request).then((body) => (found = JSON.parse(body)))
    response.writeHead(200, { 'content-type': 'text/html' }).end(page)
  })
  new WebSocketServer({ server }).on('connection', (socket) => {
    socket.on('message', (data, binary) => socket.send(data as Buffer, { binary }))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close().closeAllConnections())

  const Servers = [{ Name: 'web', Host: '127.0.0.1', Port: (server.address() as AddressInfo).port }]
  const started = await Promise.all(
    proxies.map(async (name) => {
      const [plugin, port] = await Promise.all([startProxy(t, name), freePort()])
      const Backends = [{ Name: 'web', Servers }]
      await plugin.call('Proxy.Apply', {
        Route: { Name: 'shop', Owner: 'test', Listen: `127.0.0.1:${port}`, Backends },
      })
      return { name, plugin, port }
    }),
  )
  const ports = started.map(({ port }) => port)
  await openPage(t, `http://127.0.0.1:${ports[0]}/?${ports.join()}`)
  await waitUntil('the page to say what it found', () => found !== undefined, 120_000)
  const whole = lengths.map((length) => [length, true, 1000, true])
  for (const [at, { name, plugin }] of started.entries()) {
    t.same(Array.isArray(found) ? found[at] : found, whole, name)
    const asked = { Name: 'shop', Owner: 'test', Server: 'web' }
    t.match(await plugin.call('Proxy.Drain', asked), { InFlight: 0 }, `${name} knows that they are over`)
  }
})
