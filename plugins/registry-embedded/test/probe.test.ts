import { createServer } from 'node:http'
import { createServer as createTcpServer, type AddressInfo, type Server } from 'node:net'
import type { Teardown } from '@infrakit/testing'
import t from 'tap'
import { probe } from '../src/probe.js'

const never = new AbortController().signal

async function listening(t: Teardown, server: Server, host = '127.0.0.1'): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, host, resolve))
  t.teardown(() => server.close())
  return (server.address() as AddressInfo).port
}

t.test('only 2xx is well', async (t) => {
  for (const [status, well] of [
    [200, true],
    [204, true],
    [299, true],
    [301, false],
    [404, false],
    [500, false],
  ] as const) {
    const server = createServer((_, response) => response.writeHead(status, { Location: '/' }).end('x'.repeat(1e6)))
    const port = await listening(t, server)
    t.equal(await probe({ HTTP: `http://127.0.0.1:${port}/` }, never), well, String(status))
    server.closeAllConnections()
  }
})

t.test('one that accepts and never answers is not well by HTTP, and is by TCP', async (t) => {
  const silent = createTcpServer((socket) => void socket.on('error', () => undefined))
  const port = await listening(t, silent)
  t.equal(await probe({ HTTP: `http://127.0.0.1:${port}/`, TimeoutSeconds: 1 }, never), false)
  t.equal(await probe({ TCP: `127.0.0.1:${port}` }, never), true)
})

t.test('nobody there', async (t) => {
  const server = createTcpServer()
  const port = await listening(t, server)
  await new Promise((resolve) => server.close(resolve))
  t.equal(await probe({ HTTP: `http://127.0.0.1:${port}/` }, never), false)
  t.equal(await probe({ TCP: `127.0.0.1:${port}` }, never), false)
  t.equal(await probe({ TCP: 'no.such.host.invalid:1', TimeoutSeconds: 2 }, never), false)
  t.equal(await probe({ TCP: '127.0.0.1:99999' }, never), false)
})

t.test('who ends does not wait for a look that is under way', async (t) => {
  const silent = createTcpServer((socket) => void socket.on('error', () => undefined))
  const port = await listening(t, silent)
  const ends = new AbortController()
  const looking = probe({ HTTP: `http://127.0.0.1:${port}/`, TimeoutSeconds: 60 }, ends.signal)
  ends.abort()
  t.equal(await looking, false)
})
