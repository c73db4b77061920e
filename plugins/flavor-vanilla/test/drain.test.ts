import { kindOf, type InfrakitError } from '@infrakit/spi'
import { rejection, waitUntil } from '@infrakit/testing'
import t from 'tap'
import { drain } from '../src/drain.js'
import { createVanilla } from '../src/plugin.js'
import { readProperties } from '../src/properties.js'
import { closedPort, httpServer, instanceAt, tcpServer } from './servers.js'

function run(Drain: object, port: number | undefined): Promise<void> {
  const settings = readProperties({ Drain }).drain
  if (!settings) throw new Error('no settings')
  return drain(instanceAt(port), settings)
}

t.test('the request comes first, then the wait', async (t) => {
  const seen: unknown[] = []
  const port = await httpServer(t, ({ method, url }, answer) => {
    seen.push(`${method} ${url}`)
    answer.writeHead(202).end()
  })
  const drained = run({ HTTP: { Port: 80, Path: '/drain' }, Wait: '300ms' }, port).then(() => seen.push('drained'))
  await waitUntil('the request', () => seen.length > 0)
  t.strictSame(seen, ['POST /drain'], 'it is still waiting')
  await drained
  t.strictSame(seen, ['POST /drain', 'drained'])
})

t.test('one that is gone has nothing in flight: nobody waits', async (t) => {
  await t.resolves(run({ HTTP: {}, Wait: '9m' }, await closedPort()))
})

t.test('what goes wrong is an error that says what to do', async (t) => {
  const refusing = await httpServer(t, (_, answer) => answer.writeHead(500).end('hunter2'))
  const hanging = await tcpServer(t, (socket) => socket.resume())
  const resetting = await tcpServer(t, (socket) => socket.resetAndDestroy())
  const cases: [string, object, number | undefined, string, RegExp][] = [
    [
      'a refusal',
      {},
      refusing,
      'plugin-failed',
      /could not drain instance i-1: POST http:.*answered 500 .*expected 200-299/,
    ],
    ['no answer', { Timeout: '50ms' }, hanging, 'timeout', /no answer within 50ms/],
    ['a reset', {}, resetting, 'unavailable', /reset/],
    ['no endpoint', { Port: 81 }, 1, 'unavailable', /it tells no endpoint for port 81/],
  ]
  for (const [name, HTTP, port, kind, message] of cases) {
    const error = (await rejection(run({ HTTP }, port))) as InfrakitError
    t.equal(kindOf(error), kind, name)
    t.match(error.message, message, name)
    t.notMatch(error.message, /hunter2/)
    t.ok(error.hint, name)
  }
})

t.test('a drained instance is not probed any more', async (t) => {
  const requests = { drained: 0, other: 0 }
  const server = (name: keyof typeof requests) =>
    httpServer(t, (_, answer) => {
      requests[name]++
      answer.end()
    })
  const vanilla = createVanilla({ read: async () => '' })
  const Properties = { Health: { HTTP: {}, Interval: '100ms' } }
  const drained = { Properties, Instance: instanceAt(await server('drained')) }
  const other = { Properties, Instance: instanceAt(await server('other'), { id: 'other' }) }
  t.teardown(() => vanilla.drain(other))
  await vanilla.healthy(drained)
  await vanilla.healthy(other)
  await waitUntil('it to be probed', () => requests.drained > 2)
  await vanilla.drain(drained)
  const then = { ...requests }
  await waitUntil('the other to be probed on', () => requests.other > then.other + 5)
  t.ok(requests.drained <= then.drained + 1, 'but for one that was under way')
})
