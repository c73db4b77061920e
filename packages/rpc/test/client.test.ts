import { waitUntil } from '@infrakit/testing'
import t from 'tap'
import {
  groupInterface,
  InfrakitError,
  instanceInterface,
  lifecycleInterface,
  metadataInterface,
  RemoteError,
  type Metadata,
} from '@infrakit/spi'
import { instanceSchemas, metadataSchemas } from '@infrakit/spi/schemas'
import { createClient, parseJson, stringifyJson } from '../src/client.js'
import { offer } from '../src/index.js'
import { pem } from './certificates.js'
import { client, failure, fake, http, idOf, instance, raw, serve } from './support.js'

t.test('calls, and gets results and errors', async (t) => {
  const validate = () => Promise.reject(new InfrakitError('conflict', 'no', { hint: 'wait', path: 'a.b' }))
  const { path } = await serve(t, { offers: [offer(instanceInterface, instance({ validate }))] })
  const plugin = client(t, path, { name: 'mine' })
  t.same(await plugin.call('Instance.Provision', { Spec: {} }), { Type: '', ID: 'i-1' })
  const error = await failure(plugin.call('Instance.Validate', {}))
  t.ok(error instanceof RemoteError)
  t.match(error, { kind: 'conflict', message: 'no', hint: 'wait', path: 'a.b', code: -32002, plugin: 'mine' })
  t.match(await failure(plugin.call('No.Such', {})), { kind: 'incompatible', code: -32601 })
  t.match(await plugin.info(), { Vendor: { Name: 'test' } })
  t.equal(client(t, path).name, 'plugin', 'the name is that of the socket when none is given')
})

t.test("the original's errors are of a kind too", async (t) => {
  const messages: Record<string, string> = {
    'rpc: can\'t find method "Instance.X"': 'incompatible',
    'rpc: can\'t find service "X.Y"': 'incompatible',
    "Group 'cattle' is not being watched": 'not-found',
    'no-plugin:nosuchtype': 'not-found',
    'remove tutorial/nosuch: no such file or directory': 'plugin-failed',
  }
  for (const [message, kind] of Object.entries(messages)) {
    const { path } = await fake(t, (req, res) => {
      req.resume()
      res.end(JSON.stringify({ jsonrpc: '2.0', error: { code: -32000, message, data: null }, id: 1 }))
    })
    t.match(await failure(client(t, path).call('Instance.X', {})), { kind, message, code: -32000 })
  }
})

t.test('a stub of an interface', async (t) => {
  const seen: unknown[] = []
  const metadata: Metadata = {
    list: async (request) => {
      seen.push(request)
      return { Nodes: ['a', 'b'] }
    },
    get: () => Promise.resolve({ Value: [1] }),
  }
  const { path } = await serve(t, {
    offers: [offer(instanceInterface, instance()), offer(metadataInterface, metadata)],
  })
  const plugin = client(t, path)
  const stub = plugin.bind(instanceInterface, { schemas: instanceSchemas })
  t.same(await stub.provision({ Spec: { Properties: { a: 1 } } }), { ID: 'i-1' })
  t.equal(await stub.destroy({ Instance: 'a' }), undefined)
  t.same(await stub.describeInstances({}), { Descriptions: [] })
  t.match(await plugin.bind(metadataInterface).list({ Path: 'x/y' }), { Nodes: ['a', 'b'] })
  t.same(seen, [{ Path: 'x/y' }])
  t.match(await failure(stub.provision({ Spec: { Tags: { a: 1 as never } } })), { kind: 'input', path: 'Spec.Tags.a' })
  t.match(await failure(plugin.bind(groupInterface).inspectGroups({})), {
    kind: 'incompatible',
    message: 'plugin: it does not implement Group/0.1.1; it has Instance/0.6.1, Metadata/0.1.1',
  })
  t.equal(await plugin.implements(instanceInterface), true)
  t.equal(await plugin.implements(instanceInterface, ''), true)
  t.equal(await plugin.implements(instanceInterface, 'nosuch'), false)
  t.equal(await plugin.implements(lifecycleInterface), false)
})

t.test('a stub names the object that is meant', async (t) => {
  const { path } = await serve(t, {
    offers: [
      offer(instanceInterface, instance()),
      offer(instanceInterface, instance({ provision: () => Promise.resolve({ ID: 'other' }) }), 'compute'),
    ],
  })
  const plugin = client(t, path)
  t.match(await plugin.bind(instanceInterface, { type: 'compute' }).provision({ Spec: {} }), { ID: 'other' })
  t.match(await failure(plugin.bind(instanceInterface, { type: 'nosuch' }).validate({})), { kind: 'not-found' })
  t.equal(await plugin.implements(instanceInterface, 'compute'), true)
})

t.test('a malformed result is the fault of the plugin', async (t) => {
  const describeInstances = () => Promise.resolve({ Descriptions: [{ ID: 5 as never }] })
  const { path } = await serve(t, { offers: [offer(instanceInterface, instance({ describeInstances }))] })
  const checked = client(t, path).bind(instanceInterface, { schemas: instanceSchemas })
  t.match(await failure(checked.describeInstances({})), { kind: 'plugin-failed', path: 'Descriptions.0.ID' })
})

t.test('opaque values go there and back unharmed', async (t) => {
  const metadata: Metadata = {
    list: () => Promise.resolve({ Nodes: [] }),
    get: () => Promise.resolve({ Value: kept }),
  }
  let kept: unknown
  const validate = async ({ Properties }: { Properties?: unknown }) => void (kept = Properties)
  const { path } = await serve(t, {
    offers: [offer(instanceInterface, instance({ validate })), offer(metadataInterface, metadata)],
  })
  const plugin = client(t, path)
  const text = '{"big":12345678901234567890,"__proto__":{"a":1},"small":0.1}'
  await plugin.bind(instanceInterface).validate({ Properties: parseJson(text) })
  const { Value } = await plugin.bind(metadataInterface, { schemas: metadataSchemas }).get({ Path: '.' })
  t.equal(stringifyJson(Value), text)
})

t.test('an answer that is none', async (t) => {
  const cases: [name: string, answer: (id: string) => string, expected: object][] = [
    ['no JSON', () => http('<html>'), { kind: 'plugin-failed', message: /HTTP 200 with '<html>'/ }],
    ['nothing', () => http(''), { kind: 'plugin-failed', message: /with nothing/ }],
    ['not UTF-8', () => 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n\xff', { kind: 'plugin-failed' }],
    [
      'half of JSON',
      () => http('{"result":{"Token":"x'),
      { message: /HTTP 200 with 21 characters of something else$/ },
    ],
    ['a bare value', () => http('5'), { kind: 'plugin-failed' }],
    ['neither result nor error', (id) => http(`{"id":${id}}`), { kind: 'plugin-failed' }],
    ['an error that is none', (id) => http(`{"error":"x","id":${id}}`), { kind: 'plugin-failed' }],
    ['another call', () => http('{"result":{},"id":999}'), { kind: 'plugin-failed', message: /another call/ }],
    ['a status', () => http('oops', '500 Oops'), { kind: 'plugin-failed', message: /HTTP 500 with 'oops'/ }],
    ['a wrong place', () => http('404 page not found\n', '404 Not Found'), { kind: 'plugin-failed', message: /404/ }],
    ['a refused token', () => http('no', '401 Unauthorized'), { kind: 'input', hint: /INFRAKIT_TOKEN/ }],
    ['a refused size', () => http('too long', '413 Too Large'), { kind: 'input', message: /too large/ }],
    [
      'an error with a status',
      () => http('{"error":{"code":-32001,"message":"gone"},"id":null}', '500 Oops'),
      { kind: 'not-found', message: 'gone' },
    ],
    ['deep nesting', (id) => http(`{"id":${id},"result":${'['.repeat(1e5)}`), { kind: 'plugin-failed' }],
    ['no HTTP', () => 'garbage\r\n\r\n', { kind: /plugin-failed|unavailable/ }],
    [
      'half a body',
      (id) => http(`{"result":{},"id":${id}}`).slice(0, -3),
      { kind: 'plugin-failed', message: /broke off/ },
    ],
    ['half the headers', () => 'HTTP/1.1 200 OK\r\nContent-Le', { kind: 'unavailable' }],
  ]
  for (const [name, answer, expected] of cases) {
    const { path } = await raw(t, (socket) => {
      socket.on('data', (data) => socket.end(answer(idOf(data.toString())), 'latin1'))
    })
    t.match(await failure(client(t, path).call('Instance.Validate', {})), expected, name)
  }
})

t.test('a call ends by its deadline', async (t) => {
  let aborted = 0
  const forever = (_request: object, call?: { signal?: AbortSignal }) =>
    new Promise<never>((_resolve, reject) => {
      call?.signal?.addEventListener('abort', () => {
        aborted++
        reject(new Error('aborted'))
      })
    })
  const { path } = await serve(t, {
    offers: [offer(instanceInterface, instance({ describeInstances: forever, destroy: forever }))],
  })
  const plugin = client(t, path, { timeoutMs: 20 })
  t.match(await failure(plugin.call('Instance.DescribeInstances', {})), {
    kind: 'timeout',
    message: 'plugin: Instance.DescribeInstances: no answer within 20 ms',
    hint: /not known/,
  })
  await waitUntil('the server to notice', () => aborted === 1)
  const patient = client(t, path)
  t.match(await failure(patient.bind(instanceInterface).destroy({ Instance: 'a' }, { timeout: 30 })), {
    kind: 'timeout',
  })
  t.equal(aborted, 1, 'a change is not aborted')
})

t.test('a frozen plugin ends by the deadline, also of the handshake', async (t) => {
  const { path } = await raw(t, () => undefined)
  const stub = client(t, path).bind(instanceInterface)
  t.match(await failure(stub.validate({}, { timeout: 20 })), { kind: 'timeout', message: /handshake/ })
})

t.test('the caller can stop waiting', async (t) => {
  const { path } = await raw(t, () => undefined)
  const plugin = client(t, path)
  const controller = new AbortController()
  const waiting = [
    failure(plugin.call('Instance.Validate', {}, { signal: controller.signal })),
    failure(plugin.bind(instanceInterface).validate({}, { signal: controller.signal })),
  ]
  controller.abort()
  for (const error of await Promise.all(waiting)) t.match(error, { kind: 'timeout', message: /cancelled/ })
  t.match(await failure(plugin.call('Instance.Validate', {}, { signal: AbortSignal.abort() })), {
    message: /cancelled/,
  })
})

t.test('a closed client calls nobody', async (t) => {
  const { path } = await serve(t, { offers: [offer(instanceInterface, instance())] })
  const plugin = client(t, path)
  await plugin.handshake()
  plugin.close()
  t.match(await failure(plugin.call('Instance.Validate', {})), { kind: 'unavailable', message: /closed/ })
})

t.test('over TCP with a token and with TLS', async (t) => {
  const { server } = await serve(t, { offers: [offer(instanceInterface, instance())] })
  const host = '127.0.0.1'
  const tls = { ca: pem.ca, cert: pem.serverCert, key: pem.serverKey }
  const { port = 0 } = await server.listen({ host, port: 0, tls, token: 'right' })
  const own = { ca: pem.ca, cert: pem.clientCert, key: pem.clientKey }
  const good = client(t, { host, port, tls: own, token: 'right' })
  t.equal(await good.implements(instanceInterface), true)
  await good.bind(instanceInterface).destroy({ Instance: 'a' })
  t.equal(good.name, `127.0.0.1:${port}`)
  t.match(await failure(client(t, { host, port, tls: own, token: 'wrong' }).handshake()), { kind: 'input' })
  t.match(await failure(client(t, { host, port, tls: { ca: pem.ca }, token: 'right' }).handshake()), {
    kind: 'unavailable',
  })
  t.match(await failure(client(t, { host, port, tls: { ...own, ca: pem.strangerCert }, token: 'right' }).handshake()), {
    kind: 'unavailable',
    message: /nothing was sent/,
  })
})

t.test('a socket path that is too long is refused', async (t) => {
  t.throws(() => createClient({ path: `/tmp/${'x'.repeat(120)}` }), /a Unix socket allows 103/)
})
