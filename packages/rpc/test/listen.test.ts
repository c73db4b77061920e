import { once } from 'node:events'
import { lstatSync, mkdirSync, readdirSync, unlinkSync } from 'node:fs'
import { request, type IncomingMessage } from 'node:http'
import { request as requestTls, type RequestOptions } from 'node:https'
import { createServer as createNetServer } from 'node:net'
import { join } from 'node:path'
import { temporaryFolder, waitUntil } from '@infrakit/testing'
import t from 'tap'
import { instanceInterface } from '@infrakit/spi'
import { createServer, offer } from '../src/index.js'
import { pem } from './certificates.js'
import { dial, failure, instance, post, rpc, send, serve } from './support.js'

const vendor = { name: 'test', version: '1.0.0' }
const describe = '{"jsonrpc":"2.0","method":"Instance.DescribeInstances","params":{},"id":1}'

function make(handlers = {}) {
  return createServer({ offers: [offer(instanceInterface, instance(handlers))], vendor })
}

t.test('a socket is for its owner alone, whatever the umask', async (t) => {
  const before = process.umask(0)
  t.teardown(() => process.umask(before))
  const { path } = await serve(t, {})
  t.equal(lstatSync(path).mode & 0o777, 0o600)
  t.equal(process.umask(), 0, 'and the umask is as it was')
  t.test('from the moment it is there', async (t) => {
    const other = join(await temporaryFolder(t), 'other')
    const server = make()
    t.teardown(() => server.close(0))
    const listening = server.listen({ path: other })
    t.equal(lstatSync(other).mode & 0o777, 0o600)
    await listening
  })
  t.test('which a plain server is not', async (t) => {
    const plain = join(await temporaryFolder(t), 'plain')
    const server = createNetServer().listen(plain)
    t.teardown(() => server.close())
    await once(server, 'listening')
    t.equal(lstatSync(plain).mode & 0o777, 0o777)
  })
})

t.test('a path that the system would cut is refused', async (t) => {
  const path = join(await temporaryFolder(t), 'x'.repeat(120))
  t.match(await failure(make().listen({ path })), { kind: 'input', message: /a Unix socket allows 103/ })
  const dir = join(await temporaryFolder(t), 'ä'.repeat(50))
  t.match(await failure(make().listen({ path: dir })), { kind: 'input' }, 'bytes count, not characters')
})

t.test('an address in use and one that cannot be are told apart', async (t) => {
  const { path } = await serve(t, {})
  t.match(await failure(make().listen({ path })), { kind: 'conflict', message: /cannot listen on .*EADDRINUSE/ })
  t.match(await send(path, { url: '/healthz', method: 'GET' }), { status: 200 }, 'the first goes on')
  t.match(await failure(make().listen({ path: '/nonexistent/folder/a' })), { kind: 'unavailable' })
})

t.test('the socket is gone when the server has closed', async (t) => {
  const dir = await temporaryFolder(t)
  const { server, path } = await serve(t, {}, join(dir, 'a'))
  await server.close()
  t.same(readdirSync(dir), [])
  await t.rejects(send(path, {}), /ENOENT/)
  await server.close()
})

t.test('a successor on the same path keeps its socket', async (t) => {
  const dir = await temporaryFolder(t)
  const first = await serve(t, {}, join(dir, 'a'))
  unlinkSync(first.path)
  await serve(t, { offers: [offer(instanceInterface, instance())] }, first.path)
  await first.server.close()
  t.same(readdirSync(dir), ['a'])
  t.match(await rpc(first.path, 'Instance.Validate'), { result: { OK: true } })
})

t.test('whatever else is at the path is not removed either', async (t) => {
  const { server, path } = await serve(t, {})
  unlinkSync(path)
  mkdirSync(path)
  await server.close()
  t.ok(lstatSync(path).isDirectory())
})

t.test('calls in flight are finished, then the rest is cut', async (t) => {
  let finish: (() => void) | undefined
  const describeInstances = async () => {
    await new Promise<void>((resolve) => (finish = resolve))
    return { Descriptions: [] }
  }
  const { path, server } = await serve(t, { offers: [offer(instanceInterface, instance({ describeInstances }))] })
  const idle = await dial(t, path)
  const answer = send(path, {}, describe)
  await waitUntil('the call', () => finish)
  const closed = server.close()
  await t.rejects(post(path, describe), /ENOENT|ECONNREFUSED/, 'no new ones')
  finish?.()
  const { text, headers } = await answer
  t.match(text, /"Descriptions":\[\]/)
  t.equal(headers.connection, 'close')
  await closed
  await waitUntil('the cut', () => idle.socket.closed || idle.socket.readableEnded)
})

t.test('calls that do not end are cut after the grace', async (t) => {
  let called = false
  const describeInstances = () => {
    called = true
    return new Promise<never>(() => undefined)
  }
  const { path, server } = await serve(t, { offers: [offer(instanceInterface, instance({ describeInstances }))] })
  const answer = t.rejects(post(path, describe), /socket hang up/)
  await waitUntil('the call', () => called)
  await server.close(10)
  await answer
})

t.test('TCP needs credentials unless only this machine can reach it', async (t) => {
  t.match(await failure(make().listen({ host: '0.0.0.0', port: 0 })), { kind: 'input', message: /anybody/ })
  for (const host of ['127.0.0.1', 'localhost']) {
    const server = make()
    t.teardown(() => server.close(0))
    const { port } = await server.listen({ host, port: 0 })
    t.ok(port)
  }
})

async function statusOf(req: ReturnType<typeof request>, body?: string): Promise<number | undefined> {
  req.end(body)
  const [res] = (await once(req, 'response')) as [IncomingMessage]
  res.resume()
  return res.statusCode
}

t.test('a bearer token is asked for on every route', async (t) => {
  const server = make()
  t.teardown(() => server.close(0))
  const { port } = await server.listen({ host: '127.0.0.1', port: 0, token: 'right' })
  for (const [method, path] of [
    ['POST', '/'],
    ['GET', '/'],
    ['GET', '/healthz'],
    ['GET', '/info/api.json'],
    ['GET', '/events'],
    ['GET', '/nosuch'],
  ]) {
    const ask = (headers: Record<string, string>) =>
      statusOf(
        request({ host: '127.0.0.1', port, method, path, headers, agent: false }),
        method === 'POST' ? describe : undefined,
      )
    for (const wrong of ['', 'Bearer', 'Bearer wrong', 'Bearer rightt', 'Basic right', 'right']) {
      t.equal(await ask(wrong === '' ? {} : { Authorization: wrong }), 401, `${method} ${path} ${wrong}`)
    }
    t.not(await ask({ Authorization: 'Bearer right' }), 401, `${method} ${path}`)
  }
})

t.test('TLS asks for a certificate of the right authority', async (t) => {
  const server = make()
  t.teardown(() => server.close(0))
  const tls = { ca: pem.ca, cert: pem.serverCert, key: pem.serverKey }
  const { port } = await server.listen({ host: '127.0.0.1', port: 0, tls })
  const ask = (options: RequestOptions) =>
    statusOf(
      requestTls({ host: '127.0.0.1', port, method: 'POST', path: '/', ca: pem.ca, agent: false, ...options }),
      describe,
    )
  t.equal(await ask({ cert: pem.clientCert, key: pem.clientKey }), 200)
  await t.rejects(ask({}), 'none')
  await t.rejects(ask({ cert: pem.strangerCert, key: pem.strangerKey }), "a stranger's")
  t.equal(await ask({ cert: pem.clientCert, key: pem.clientKey }), 200, 'and the server goes on')
})

t.test('a read over TCP is aborted when its client is gone', async (t) => {
  let signal: AbortSignal | undefined
  const server = make({
    describeInstances: (_request: object, call: { signal: AbortSignal }) => {
      signal = call.signal
      return new Promise<never>(() => undefined)
    },
  })
  t.teardown(() => server.close(0))
  const { port } = await server.listen({ host: '127.0.0.1', port: 0 })
  const req = request({ host: '127.0.0.1', port, method: 'POST', agent: false })
  req.on('error', () => undefined).end(describe)
  await waitUntil('the call', () => signal)
  req.destroy()
  await waitUntil('the abortion', () => signal?.aborted)
})

t.test('one server listens on several addresses', async (t) => {
  const { path, server } = await serve(t, { offers: [offer(instanceInterface, instance())] })
  const { port } = await server.listen({ host: '127.0.0.1', port: 0 })
  t.match(await rpc(path, 'Instance.Validate'), { result: { OK: true } })
  t.equal(await statusOf(request({ host: '127.0.0.1', port, method: 'POST', agent: false }), describe), 200)
})
