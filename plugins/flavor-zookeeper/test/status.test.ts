import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { StartWatch } from '@infrakit/host'
import { health, type InstanceDescription } from '@infrakit/spi'
import t, { type Test } from 'tap'
import { judge } from '../src/judge.js'
import { addressOf, askStatus } from '../src/status.js'

/** Answers each connection with a text, once it was asked `srvr`; `undefined`: with nothing, and it stays open. */
async function serve(t: Test, answer: string | undefined): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.on('data', (word) => {
      if (word.toString() === 'srvr' && answer !== undefined) socket.end(answer)
    })
    t.teardown(() => socket.destroy())
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  return (server.address() as AddressInfo).port
}

async function closedPort(t: Test): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  t.ok(port > 0)
  return port
}

const at = (port: number): InstanceDescription => ({ ID: 'i', LogicalID: '127.0.0.1', Properties: { port } })

t.test('what a member answers', async (t) => {
  const cases: [string, string | undefined, object][] = [
    ['a leader', 'Zookeeper version: 3.8\nMode: leader\nNode count: 5\n', { kind: 'serving', mode: 'leader' }],
    ['a follower', 'Mode: follower\n', { kind: 'serving', mode: 'follower' }],
    ['one without the others', 'This ZooKeeper instance is not currently serving requests\n', { kind: 'waiting' }],
    [
      'one that may not',
      'srvr is not executed because it is not in the whitelist.\n',
      { kind: 'unclear', why: /allow it/ },
    ],
    ['something else', 'SSH-2.0\n', { kind: 'silent', why: /no ZooKeeper/ }],
    ['nothing in time', undefined, { kind: 'silent', why: /no answer within/ }],
  ]
  for (const [name, answer, expected] of cases) {
    const port = await serve(t, answer)
    t.match(await askStatus(at(port), port), expected, name)
  }
  const closed = await closedPort(t)
  t.match(await askStatus(at(closed), closed), { kind: 'silent', why: 'connection refused' })
})

t.test('where it is asked', async (t) => {
  const Endpoints = [
    { Host: '1.1.1.1', Port: 99, ContainerPort: 80, Protocol: 'tcp' },
    { Host: '2.2.2.2', Port: 20001, ContainerPort: 2181, Protocol: 'tcp' },
  ]
  const cases: [string, InstanceDescription, object | undefined][] = [
    ['at its endpoint', { ID: 'i', LogicalID: 'm', Properties: { Endpoints } }, { host: '2.2.2.2', port: 20001 }],
    ['at its logical ID', { ID: 'i', LogicalID: 'm', Properties: null }, { host: 'm', port: 2181 }],
    ['nowhere', { ID: 'i' }, undefined],
  ]
  for (const [name, instance, expected] of cases) t.same(addressOf(instance, 2181), expected, name)
  t.match(await askStatus({ ID: 'i' }, 2181), { kind: 'unclear' })
})

t.test('what comes of it', async (t) => {
  const starts = new StartWatch()
  const silent = { kind: 'silent', where: 'x', why: 'connection refused' } as const
  t.match(judge('i', silent, starts, 1000), { Health: health.unknown, Reason: /given time to start/ })
  t.match(judge('i', silent, starts, 0), { Health: health.unhealthy, Reason: 'srvr at x: connection refused' })
  t.match(judge('i', { kind: 'serving', where: 'x', mode: 'leader' }, starts, 1000), {
    Health: health.healthy,
    Reason: 'srvr at x: leader',
  })
  t.match(judge('i', silent, starts, 1000), { Health: health.unhealthy }, 'it has served before')
  t.match(
    judge('i', { kind: 'waiting', where: 'x' }, starts, 0),
    { Health: health.unknown },
    'never a reason to replace',
  )
  t.match(judge('i', { kind: 'unclear', why: 'w' }, starts, 0), { Health: health.unknown, Reason: 'w' })
})
