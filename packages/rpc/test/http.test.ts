import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { waitUntil } from '@infrakit/testing'
import t from 'tap'
import { instanceInterface } from '@infrakit/spi'
import { offer } from '../src/index.js'
import { dial, instance, post, rpc, send, serve } from './support.js'

const json = { 'Content-Type': 'application/json' }
const describe = '{"jsonrpc":"2.0","method":"Instance.DescribeInstances","params":{},"id":1}'
const described = '{"jsonrpc":"2.0","result":{"Type":"","Descriptions":[]},"id":1}\n'

function raw(body: string, headers = ''): string {
  return `POST / HTTP/1.1\r\nHost: a\r\n${headers}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
}

t.test('status, content type and text of whatever is asked', async (t) => {
  const { path } = await serve(t, { offers: [offer(instanceInterface, instance())] })
  const cases: [string, Parameters<typeof send>[1], string | undefined, number, string | undefined, string][] = [
    ['a call', { headers: json }, describe, 200, 'text/plain; charset=utf-8', described],
    ['a call with a query', { headers: json, url: '/?a=b' }, describe, 200, 'text/plain; charset=utf-8', described],
    ['no content type', {}, describe, 200, 'text/plain; charset=utf-8', described],
    [
      'a charset',
      { headers: { 'Content-Type': 'Application/JSON; charset=utf-8' } },
      describe,
      200,
      'text/plain; charset=utf-8',
      described,
    ],
    [
      'another content type',
      { headers: { 'Content-Type': 'text/plain' } },
      describe,
      415,
      'text/plain; charset=utf-8',
      'rpc: unrecognized Content-Type: text/plain',
    ],
    [
      'GET /',
      { method: 'GET' },
      undefined,
      405,
      'text/plain; charset=utf-8',
      'rpc: POST method required, received GET',
    ],
    ['PUT /', { method: 'PUT' }, describe, 405, 'text/plain; charset=utf-8', 'rpc: POST method required, received PUT'],
    ['POST /foo', { url: '/foo', headers: json }, describe, 404, 'text/plain; charset=utf-8', '404 page not found\n'],
    ['a bad path', { url: '/%', method: 'GET' }, undefined, 404, 'text/plain; charset=utf-8', '404 page not found\n'],
    [
      'events that are not offered',
      { url: '/events', method: 'GET' },
      undefined,
      404,
      'text/plain; charset=utf-8',
      '404 page not found\n',
    ],
    [
      'a notification',
      { headers: json },
      '{"jsonrpc":"2.0","method":"Instance.DescribeInstances"}',
      200,
      undefined,
      '',
    ],
    ['health', { url: '/healthz', method: 'GET' }, undefined, 200, 'text/plain; charset=utf-8', 'ok\n'],
    ['functions', { url: '/info/functions.json', method: 'GET' }, undefined, 200, 'text/plain; charset=utf-8', '{}'],
  ]
  for (const [name, options, body, status, type, text] of cases) {
    const reply = await send(path, options, body)
    t.same([reply.status, reply.headers['content-type'], reply.text], [status, type, text], name)
  }
})

t.test('what the plugin is and can', async (t) => {
  const { path } = await serve(t, { offers: [offer(instanceInterface, instance())] })
  const info = JSON.parse((await send(path, { url: '/info/api.json', method: 'GET' })).text) as {
    Interfaces: { Methods: { Request: { method: string } }[] }[]
  }
  t.match(info, {
    Vendor: { Name: 'test', Version: '1.2.3', Sub: '', URL: 'https://example.org/test' },
    Implements: [{ Name: 'Instance', Version: '0.6.1', Sub: '' }],
    Interfaces: [{ Name: 'Instance', Version: '0.6.1', Sub: '' }],
  })
  t.same(
    info.Interfaces[0]?.Methods.map(({ Request }) => Request.method),
    ['DescribeInstances', 'Destroy', 'Label', 'Provision', 'Validate'].map((name) => `Instance.${name}`),
  )
  t.same(info.Interfaces[0]?.Methods[0], {
    Request: {
      jsonrpc: '2.0',
      method: 'Instance.DescribeInstances',
      params: { Type: '', Tags: null, Properties: false },
      id: '1',
    },
    Response: { result: { Type: '', Descriptions: null }, id: '1' },
  })
})

t.test('a body that is too large', async (t) => {
  const { path } = await serve(t, { offers: [offer(instanceInterface, instance())], maxBodyBytes: 1000 })
  const large = ' '.repeat(200_000)
  t.test('is refused by its announced length', async (t) => {
    const reply = await send(path, { headers: json }, large)
    t.same(
      [reply.status, reply.text],
      [413, 'the request is longer than 1000 bytes; --max-body lets a plugin take longer ones\n'],
    )
  })
  t.test('is refused before it is sent', async (t) => {
    const { socket, seen } = await dial(t, path)
    socket.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9000000000\r\n\r\n')
    await waitUntil('the refusal', () => seen().includes('longer than 1000 bytes'))
    t.match(seen(), /^HTTP\/1\.1 413 .*Connection: close/s)
    await waitUntil('the cut', () => socket.closed || socket.readableEnded)
  })
  t.test('is refused when it comes without a length', async (t) => {
    const reply = await send(path, { headers: { ...json, 'Transfer-Encoding': 'chunked' } }, large)
    t.equal(reply.status, 413)
  })
  t.test('and one that just fits is not', async (t) => {
    t.equal(await post(path, describe.padEnd(1000)), described)
    t.equal((await send(path, { headers: json }, describe.padEnd(1001))).status, 413)
  })
})

t.test('the default limit is 8 MiB', async (t) => {
  const { path } = await serve(t, { offers: [offer(instanceInterface, instance())] })
  const limit = 8 * 1024 * 1024
  t.equal(await post(path, describe.padEnd(limit)), described)
  t.equal((await send(path, { headers: json }, describe.padEnd(limit + 1))).status, 413)
})

t.test('a client that sends byte by byte is answered', async (t) => {
  const { path } = await serve(t, { offers: [offer(instanceInterface, instance())] })
  const { socket, seen } = await dial(t, path)
  socket.setNoDelay(true)
  for (const char of raw(describe)) {
    socket.write(char)
    await new Promise(setImmediate)
  }
  await waitUntil('the answer', () => seen().endsWith(described))
})

t.test('a client that stops in the middle is cut off, and nothing is called', async (t) => {
  const calls: string[] = []
  const validate = async () => void calls.push('validate')
  const { path } = await serve(t, { offers: [offer(instanceInterface, instance({ validate }))], requestMs: 50 })
  const { socket, seen } = await dial(t, path)
  socket.write(raw(describe).slice(0, -10))
  await waitUntil('the cut', () => socket.closed || socket.readableEnded)
  t.match(seen(), /^HTTP\/1\.1 408 /)
  t.same(calls, [])
})

t.test('a client that ended sending gets its answer', async (t) => {
  let answer = () => {}
  const waited = new Promise<void>((resolve) => (answer = resolve))
  const describeInstances = async () => {
    await waited
    return { Descriptions: [] }
  }
  const { path } = await serve(t, { offers: [offer(instanceInterface, instance({ describeInstances }))] })
  const { socket, seen } = await dial(t, path, true)
  socket.end(raw(describe))
  await waitUntil('the probe', () => seen().startsWith('HTTP/1.1 100 Continue'))
  answer()
  await waitUntil('the answer', () => seen().endsWith(described))
})

t.test('a read is aborted when its client is gone', async (t) => {
  const seen: AbortSignal[] = []
  const describeInstances = (_request: object, call?: { signal?: AbortSignal }) => {
    const signal = call?.signal as AbortSignal
    seen.push(signal)
    return new Promise<never>((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(new Error('nobody listens')))
    })
  }
  const { path } = await serve(t, { offers: [offer(instanceInterface, instance({ describeInstances }))] })
  const { socket } = await dial(t, path)
  socket.write(raw(describe))
  await waitUntil('the call', () => seen.length === 1)
  t.equal(seen[0]?.aborted, false)
  socket.destroy()
  await waitUntil('the abortion', () => seen[0]?.aborted)
})

t.test('a change is not aborted when its client is gone', async (t) => {
  let signal: AbortSignal | undefined
  let finish = () => {}
  const done: string[] = []
  const destroy = async ({ Instance }: { Instance: string }, call?: { signal?: AbortSignal }) => {
    signal = call?.signal
    await new Promise<void>((resolve) => (finish = resolve))
    done.push(Instance)
  }
  const { path, server } = await serve(t, { offers: [offer(instanceInterface, instance({ destroy }))] })
  const { socket } = await dial(t, path)
  socket.write(raw('{"jsonrpc":"2.0","method":"Instance.Destroy","params":{"Instance":"a"},"id":1}'))
  await waitUntil('the call', () => signal !== undefined)
  socket.destroy()
  await rpc(path, 'Instance.DescribeInstances')
  t.equal(signal?.aborted, false)
  const closed = server.close()
  let over = false
  void closed.then(() => (over = true))
  await new Promise(setImmediate)
  t.notOk(over, 'and the end of the server waits for it')
  finish()
  await closed
  t.same(done, ['a'])
})

t.test('several calls on one connection are answered in their order', async (t) => {
  const { path } = await serve(t, { offers: [offer(instanceInterface, instance())] })
  const { socket, seen } = await dial(t, path)
  const call = (id: number) => raw(describe.replace('"id":1', `"id":${id}`))
  socket.write(call(1) + call(2) + call(3))
  await waitUntil('three answers', () => seen().split('"result"').length === 4)
  t.same(seen().match(/"id":\d/g), ['"id":1', '"id":2', '"id":3'])
})

t.test('what is no HTTP at all does not hurt', async (t) => {
  const { path } = await serve(t, { offers: [offer(instanceInterface, instance())] })
  const { socket } = await dial(t, path)
  socket.write('\x16\x03\x01garbage\r\n\r\n')
  await once(socket, 'close')
  t.match(await rpc(path, 'Instance.Validate'), { result: { OK: true } })
})

t.test('a request sent behind another, which waits for 100-continue, is told so before it is answered', async (t) => {
  let calls = 0
  // The first takes long enough for the second to be done meanwhile.
  const describeInstances = () => sleep(calls++ === 0 ? 100 : 0, { Descriptions: [] })
  const { path } = await serve(t, { offers: [offer(instanceInterface, instance({ describeInstances }))] })
  const connection = await dial(t, path)
  connection.socket.write(raw(describe) + raw(describe, 'Expect: 100-continue\r\n'))
  await waitUntil('both answers', () => connection.seen().split(described).length === 3)
  t.match(connection.seen().split(described)[1], /^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 200 OK\r\n/)
})
