import { waitUntil } from '@infrakit/testing'
import t from 'tap'
import { findingOf, type Finding } from '../src/finding.js'
import { encodeRequest } from '../src/grpc-messages.js'
import { attemptFor, probe } from '../src/probe.js'
import { newAgents } from '../src/probe-http.js'
import { readProperties } from '../src/properties.js'
import { answerGRPC, closedPort, grpcServer, httpServer, httpsServer, tcpServer } from './servers.js'

/** Probes once, as these properties say. */
function once(Health: object, port: number, timeoutMs = 10_000): Promise<Finding> {
  const target = readProperties({ Health }).health?.target
  if (!target || target.kind === 'Instance') throw new Error('nothing to probe')
  return probe(attemptFor(target, newAgents()), { host: '127.0.0.1', port }, timeoutMs)
}

t.test('HTTP', async (t) => {
  const cases: [string, object, Parameters<typeof httpServer>[1], Finding['outcome'], RegExp][] = [
    ['a good status', {}, (_, answer) => answer.end('fine'), 'good', /^answered 200 \(4 bytes\)$/],
    [
      'a wrong status, whose body is not shown',
      {},
      (_, answer) => answer.writeHead(503).end('password=hunter2'),
      'bad',
      /^answered 503 \(16 bytes\), expected 200-399$/,
    ],
    ['a status that was asked for', { ExpectStatus: [404] }, (_, a) => a.writeHead(404).end(), 'good', /^answered 404/],
    [
      'a good status that is not the one',
      { ExpectStatus: '201' },
      (_, a) => a.end(),
      'bad',
      /answered 200 .*expected 201/,
    ],
    ['the text expected', { ExpectBody: 'up' }, (_, a) => a.end('it is up'), 'good', /200/],
    [
      'another text',
      { ExpectBody: 'up' },
      (_, a) => a.end('hunter2'),
      'bad',
      /^answered 200 \(7 bytes\), without the text expected$/,
    ],
    [
      'an answer that never ends but is long enough',
      {},
      (_, answer) => void answer.write(Buffer.alloc(2 * 1024 * 1024)),
      'good',
      /more than 1048576 bytes/,
    ],
    [
      'an answer that breaks off',
      {},
      (_, answer) => {
        answer.writeHead(200, { 'Content-Length': '100' }).write('half', () => answer.destroy())
      },
      'bad',
      /broke off/,
    ],
    [
      'a connection that is closed without an answer',
      {},
      (_, a) => void a.destroy(),
      'bad',
      /the connection was reset/,
    ],
    [
      'an upgrade nobody asked for',
      {},
      (_, a) => void a.socket?.end('HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n'),
      'bad',
      /./,
    ],
    ['what is no HTTP', {}, (_, a) => void a.socket?.end('hello\r\n\r\n'), 'bad', /HPE_/],
  ]
  for (const [name, HTTP, listener, outcome, what] of cases) {
    const finding = await once({ HTTP }, await httpServer(t, listener))
    t.equal(finding.outcome, outcome, `${name}: ${finding.what}`)
    t.match(finding.what, what, name)
    t.notMatch(finding.what, /hunter2/, name)
  }
})

t.test('HTTP: what is sent', async (t) => {
  const seen: unknown[] = []
  const port = await httpServer(t, ({ method, url, headers }, answer) => {
    seen.push([method, url, headers.host, headers.authorization, headers.connection])
    answer.end()
  })
  await once(
    { HTTP: { Method: 'HEAD', Path: '/health?x=1', Host: 'a.example', Headers: { Authorization: 'b' } } },
    port,
  )
  t.strictSame(seen, [['HEAD', '/health?x=1', 'a.example', 'b', 'close']])
})

t.test('HTTPS: the certificate counts unless told otherwise', async (t) => {
  const names: string[] = []
  const port = await httpsServer(t, (name) => names.push(name))
  const verified = await once({ HTTP: { Scheme: 'https', Host: 'a.example:8443' } }, port)
  t.match(verified, { outcome: 'bad', what: 'DEPTH_ZERO_SELF_SIGNED_CERT' })
  t.equal((await once({ HTTP: { Scheme: 'https', SkipVerify: true } }, port)).outcome, 'good')
  t.strictSame(names, ['a.example'], 'the name asked for is that of the Host; an address is none')
  const plain = await once({ HTTP: { SkipVerify: true } }, port)
  t.equal(plain.outcome, 'bad', `without TLS: ${plain.what}`)
})

t.test('HTTP: a redirect is an answer, and is not followed', async (t) => {
  const seen: unknown[] = []
  const port = await httpServer(t, ({ url }, answer) => {
    seen.push(url)
    answer.writeHead(302, { Location: '/elsewhere' }).end()
  })
  t.equal((await once({ HTTP: {} }, port)).outcome, 'good')
  t.equal((await once({ HTTP: { ExpectStatus: '200-299' } }, port)).outcome, 'bad')
  t.strictSame(seen, ['/', '/'])
})

t.test('HTTP: each probe makes a connection of its own', async (t) => {
  const ports = new Set<number | undefined>()
  const port = await httpServer(t, ({ socket }, answer) => {
    ports.add(socket.remotePort)
    answer.end()
  })
  const target = readProperties({ Health: { HTTP: {} } }).health?.target
  if (target?.kind !== 'HTTP') return t.fail('no target')
  const attempt = attemptFor(target, newAgents())
  for (let i = 0; i < 3; i++) await probe(attempt, { host: '127.0.0.1', port }, 10_000)
  t.equal(ports.size, 3)
})

t.test('TCP', async (t) => {
  const accepting = await tcpServer(t, () => undefined)
  t.match(await once({ TCP: {} }, accepting), { outcome: 'good' })
  t.match(await once({ TCP: {} }, await closedPort()), {
    outcome: 'bad',
    what: 'connection refused',
    code: 'ECONNREFUSED',
  })
})

t.test('gRPC', async (t) => {
  const serving = Buffer.from([0x08, 1])
  const unknownFieldToo = Buffer.from([0x12, 2, 65, 66, 0x08, 1])
  const cases: [string, Parameters<typeof grpcServer>[1], Finding['outcome'], RegExp][] = [
    ['serving', (stream) => answerGRPC(stream, serving), 'good', /^answered SERVING$/],
    ['serving, with a field that is not known', (stream) => answerGRPC(stream, unknownFieldToo), 'good', /SERVING/],
    ['not serving', (stream) => answerGRPC(stream, Buffer.from([0x08, 2])), 'bad', /^answered NOT_SERVING$/],
    ['an empty message', (stream) => answerGRPC(stream, Buffer.alloc(0)), 'bad', /^answered UNKNOWN$/],
    ['no such service', (stream) => answerGRPC(stream, Buffer.alloc(0), '5'), 'bad', /NOT_FOUND/],
    ['not implemented', (stream) => answerGRPC(stream, Buffer.alloc(0), '12'), 'bad', /no grpc\.health\.v1/],
    ['garbage', (stream) => answerGRPC(stream, Buffer.from([0x08, 0xff])), 'bad', /no HealthCheckResponse/],
    [
      'an error in the headers alone',
      (stream) => stream.respond({ ':status': 200, 'grpc-status': '14' }, { endStream: true }),
      'bad',
      /^answered gRPC status 14$/,
    ],
    ['plain HTTP/2', (stream) => stream.respond({ ':status': 404 }, { endStream: true }), 'bad', /HTTP status 404/],
    ['a reset', (stream) => stream.close(2), 'bad', /./],
  ]
  for (const [name, answer, outcome, what] of cases) {
    const finding = await once({ GRPC: {} }, await grpcServer(t, answer))
    t.equal(finding.outcome, outcome, `${name}: ${finding.what}`)
    t.match(finding.what, what, name)
  }
  const refused = await once({ GRPC: {} }, await closedPort())
  t.match(refused, { outcome: 'bad', what: 'connection refused' })
  const http1 = await once({ GRPC: {} }, await httpServer(t, (_, answer) => answer.end()))
  t.equal(http1.outcome, 'bad', `HTTP/1: ${http1.what}`)
  const dropped = await once({ GRPC: {} }, await tcpServer(t, (socket) => socket.destroy()))
  t.equal(dropped.outcome, 'bad', `a connection that is closed: ${dropped.what}`)
})

t.test('gRPC: what is sent', async (t) => {
  const seen: unknown[] = []
  const long = 's'.repeat(300)
  const port = await grpcServer(t, (stream, path, body) => {
    seen.push([path, body.toString('latin1')])
    answerGRPC(stream, Buffer.from([0x08, 1]))
  })
  await once({ GRPC: { Service: long } }, port)
  const path = '/grpc.health.v1.Health/Check'
  t.strictSame(seen, [[path, `\0\0\0\x01\x2f\x0a\xac\x02${long}`]], 'a length over 127 takes two bytes')
  t.strictSame(encodeRequest(''), Buffer.alloc(5), 'the whole server is an empty message')
})

t.test('one that hangs is given up after the timeout, with its connection', async (t) => {
  for (const kind of ['HTTP', 'GRPC']) {
    let closed = 0
    const port = await tcpServer(t, (socket) => {
      socket.resume()
      socket.once('close', () => closed++)
    })
    const finding = await once({ [kind]: {} }, port, 50)
    t.match(finding, { outcome: 'bad', what: 'no answer within 50ms', code: 'ETIMEDOUT' }, kind)
    await waitUntil('its connection to be closed', () => closed === 1)
  }
})

t.test('a timeout that comes while this process was away says nothing', async (t) => {
  const port = await tcpServer(t, (socket) => socket.resume())
  const finding = once({ HTTP: {} }, port, 50)
  const until = performance.now() + 400
  while (performance.now() < until) Math.sqrt(until)
  t.match(await finding, { outcome: 'unclear', what: 'this machine was too busy to tell' })
})

t.test('what is wrong here says nothing of the instance', (t) => {
  for (const code of ['EMFILE', 'EADDRNOTAVAIL', 'ENETUNREACH']) {
    t.match(findingOf(Object.assign(new Error(code), { code })), { outcome: 'unclear', code })
  }
  t.match(findingOf(Object.assign(new Error('x'), { code: 'ECONNREFUSED' })), { outcome: 'bad' }, 'control')
  t.end()
})
