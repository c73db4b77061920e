import { existsSync, linkSync, unlinkSync } from 'node:fs'
import { Agent, request } from 'node:http'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { temporaryFolder, type Teardown } from '@infrakit/testing'
import t from 'tap'
import { instanceInterface } from '@infrakit/spi'
import { offer } from '../src/index.js'
import { client, failure, fake, http, idOf, instance, raw, serve } from './support.js'

t.test('nobody there fails at once and works again later', async (t) => {
  const path = join(await temporaryFolder(t), 'plugin')
  const plugin = client(t, path, { timeoutMs: 60_000 })
  const stub = plugin.bind(instanceInterface)
  const expected = {
    kind: 'unavailable',
    message: /cannot connect to .*plugin \(ENOENT\); nothing was sent/,
    hint: /plugin ls/,
  }
  t.match(await failure(plugin.call('Instance.Validate', {})), expected)
  t.match(await failure(stub.destroy({ Instance: 'a' })), { kind: 'unavailable' })
  const { server } = await serve(t, { offers: [offer(instanceInterface, instance())] }, path)
  t.equal(await stub.validate({}), undefined)
  await server.close()
  t.match(await failure(stub.validate({})), expected)
  t.match(await failure(stub.destroy({ Instance: 'a' })), { message: /nothing was sent/ })
  await serve(t, { offers: [offer(instanceInterface, instance())] }, path)
  t.equal(await stub.validate({}), undefined)
  t.equal(await stub.destroy({ Instance: 'a' }), undefined)
})

t.test('a socket that nobody listens on is unavailable', async (t) => {
  const { path, server } = await serve(t, {})
  linkSync(path, `${path}2`)
  await server.close()
  t.ok(existsSync(`${path}2`))
  t.match(await failure(client(t, `${path}2`).handshake()), { kind: 'unavailable', message: /ECONNREFUSED/ })
  unlinkSync(`${path}2`)
})

/** For each way in which a server keeps connections: how many three changes need. */
const keeping = [
  { what: 'promises to keep them', keepAliveTimeout: 60_000, opened: 1 },
  { what: 'promises nothing', keepAliveTimeout: 0, opened: 3 },
]

for (const { what, keepAliveTimeout, opened } of keeping) {
  t.test(`connections are kept for reads; for changes, ${opened} is opened when a server ${what}`, async (t) => {
    const { path, server } = await fake(t, (req, res) => {
      let text = ''
      req.on('data', (chunk) => (text += chunk))
      req.on('end', () => res.end(`{"result":{},"id":${idOf(text)}}`))
    })
    server.keepAliveTimeout = keepAliveTimeout
    let connections = 0
    server.on('connection', () => connections++)
    const plugin = client(t, path)
    for (let index = 0; index < 5; index++) await plugin.call('Instance.DescribeInstances', {})
    t.equal(connections, 1)
    for (let index = 0; index < 3; index++) await plugin.call('Instance.Provision', {})
    t.equal(connections, 1 + opened)
  })
}

t.test('a read is repeated once when the kept connection was closed just then', async (t) => {
  const requests: string[] = []
  const { path, count } = await raw(t, (socket) => {
    let answered = 0
    socket.on('data', (data) => {
      requests.push(data.toString())
      // As a server does that closes an idle connection: the request is read by nobody.
      if (answered++ > 0) socket.destroy()
      else socket.write(http(`{"result":{},"id":${idOf(data.toString())}}`))
    })
  })
  const plugin = client(t, path)
  await plugin.call('Instance.DescribeInstances', {})
  await plugin.call('Instance.DescribeInstances', {})
  t.equal(count(), 2)
  t.equal(requests.length, 3)
  t.match(await plugin.call('Instance.DescribeInstances', {}), {}, 'and on the next one too')
})

t.test('a read is repeated only once, and never on a fresh connection', async (t) => {
  const { path, count } = await raw(t, (socket) => socket.on('data', () => socket.destroy()))
  t.match(await failure(client(t, path).call('Instance.DescribeInstances', {})), {
    kind: 'unavailable',
    message: /closed the connection without an answer/,
  })
  t.equal(count(), 1)
})

t.test('a change is never repeated, and says that its fate is not known', async (t) => {
  const { path, count } = await raw(t, (socket) => socket.on('data', () => socket.destroy()))
  t.match(await failure(client(t, path).call('Instance.Destroy', { Instance: 'a' })), {
    kind: 'unavailable',
    message: /whether it was done is not known/,
    hint: /look before/,
  })
  t.equal(count(), 1)
})

/**
 * A server that closes each kept connection just as the next request is written to it, and counts what it does. It
 * never promised to keep them.
 */
async function restless(t: Teardown) {
  const done: string[] = []
  const served = new WeakSet<Socket>()
  const { path, server } = await fake(t, (req, res) => {
    if (served.has(req.socket)) return req.socket.destroy()
    served.add(req.socket)
    let text = ''
    req.on('data', (chunk) => (text += chunk))
    req.on('end', () => {
      done.push(idOf(text))
      res.end(`{"result":{},"id":${idOf(text)}}`)
    })
  })
  server.keepAliveTimeout = 0
  return { path, done }
}

t.test('no call is lost or done twice when the server closes connections as they are used', async (t) => {
  const { path, done } = await restless(t)
  const plugin = client(t, path)
  const changes: Promise<unknown>[] = []
  for (let index = 0; index < 300; index++) {
    await plugin.call('Instance.DescribeInstances', {})
    changes.push(plugin.call('Instance.Destroy', { Instance: 'a' }))
  }
  t.equal((await Promise.all(changes)).length, 300)
  t.equal(done.length, 600)
  t.equal(new Set(done).size, 600)
})

t.test('which a client that repeats nothing and keeps all connections does lose', async (t) => {
  const { path } = await restless(t)
  const agent = new Agent({ keepAlive: true })
  t.teardown(() => agent.destroy())
  const ask = () =>
    new Promise<void>((resolve, reject) => {
      const req = request({ socketPath: path, method: 'POST', agent }, (res) => res.resume().on('close', resolve))
      req.on('error', reject).end('"id":1')
    })
  await ask()
  await t.rejects(ask(), { code: 'ECONNRESET' })
})

t.test('many calls at once', async (t) => {
  const { path } = await serve(t, { offers: [offer(instanceInterface, instance())] })
  const stub = client(t, path).bind(instanceInterface)
  const calls = Array.from({ length: 1000 }, (_, index) =>
    index % 2 ? stub.validate({ Properties: index }) : stub.destroy({ Instance: String(index + 1) }),
  )
  t.equal((await Promise.all(calls)).length, 1000)
})
