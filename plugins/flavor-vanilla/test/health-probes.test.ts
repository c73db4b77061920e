import { health, type HealthyResult, type InstanceDescription } from '@infrakit/spi'
import { flavorSchemas } from '@infrakit/spi/schemas'
import { waitUntil, type Teardown } from '@infrakit/testing'
import t from 'tap'
import { HealthProbes } from '../src/health-probes.js'
import { readProperties } from '../src/properties.js'
import { closedPort, httpServer, instanceAt, tcpServer } from './servers.js'

/** Probes that end with the test; `ask` is what a group does. */
function watching(t: Teardown, given: object, restMs = 60_000) {
  const told: string[] = []
  const probes = new HealthProbes({ random: () => 0, restMs, changed: ({ ID }) => told.push(ID) })
  t.teardown(() => probes.stop())
  const settings = readProperties({ Health: { Interval: '100ms', Timeout: '5s', ...given } }).health
  if (!settings) throw new Error('no settings')
  const ask = (instance: InstanceDescription) => probes.ask(instance, settings)
  async function until(instance: InstanceDescription, wanted: number): Promise<HealthyResult> {
    return waitUntil(`health ${wanted}`, async () => {
      const result = await ask(instance)
      return result.Health === wanted && result
    })
  }
  return { probes, ask, until, told }
}

/** A server whose status can be changed, and that counts the requests. */
async function switchable(t: Teardown, status = 200) {
  const state = { status, requests: 0, port: 0 }
  state.port = await httpServer(t, (_, answer) => {
    state.requests++
    answer.writeHead(state.status).end()
  })
  return state
}

t.test('what is healthy is known with the first answer', async (t) => {
  const server = await switchable(t)
  const answer = await watching(t, { HTTP: { Port: 80 } }).ask(instanceAt(server.port))
  t.strictSame(answer, { Health: health.healthy })
  t.ok(flavorSchemas.Healthy.result.safeParse(answer).success)
})

t.test('it turns unhealthy and healthy again by the thresholds, and says why', async (t) => {
  const server = await switchable(t)
  const { until, ask } = watching(t, { HTTP: { Path: '/health?key=hunter2' }, UnhealthyThreshold: 2 })
  const instance = instanceAt(server.port)
  await until(instance, health.healthy)
  server.status = 503
  const { Reason } = await until(instance, health.unhealthy)
  const shown = `GET http://127.0.0.1:${server.port}/health?...: answered 503 (0 bytes), expected 200-399; `
  t.ok(Reason?.startsWith(shown), Reason ?? '')
  t.match(Reason, /; \d+ bad results in a row$/)
  t.equal((await ask(instance)).Health, health.unhealthy)
  server.status = 200
  await until(instance, health.healthy)
})

t.test('another verdict is told, except to who is waiting for it', async (t) => {
  const server = await switchable(t)
  const { ask, told } = watching(t, { HTTP: {}, UnhealthyThreshold: 2 })
  const instance = instanceAt(server.port, { id: 'i-1' })
  t.equal((await ask(instance)).Health, health.healthy)
  t.same(told, [], 'the answer says it already')
  server.status = 503
  await waitUntil('word of it', () => told.length === 1)
  t.equal((await ask(instance)).Health, health.unhealthy, 'without asking in between')
  server.status = 200
  await waitUntil('word of it', () => told.length === 2)
  t.same(told, ['i-1', 'i-1'])
  const { requests } = server
  await waitUntil('more probes', () => server.requests > requests + 2)
  t.equal(told.length, 2, 'the same again is no news')
})

t.test('what hangs is unhealthy, and nobody else waits for it', async (t) => {
  const server = await switchable(t)
  const hanging = await tcpServer(t, (socket) => socket.resume())
  const { until, probes } = watching(t, { HTTP: {}, Timeout: '50ms' })
  const dead = instanceAt(hanging, { id: 'hangs' })
  const { Reason } = await until(dead, health.unhealthy)
  t.match(Reason, /no answer within 50ms/)
  await until(instanceAt(server.port), health.healthy)
  t.equal(probes.size, 2)
})

t.test('a start period', async (t) => {
  const server = await switchable(t, 500)
  const { ask } = watching(t, { HTTP: {}, StartPeriod: '1h' })
  const instance = instanceAt(server.port)
  const answer = await waitUntil('more bad results than the threshold', async () => {
    const last = await ask(instance)
    return server.requests > 5 && last
  })
  t.equal(answer.Health, health.unknown, 'bad results do not count')
  t.match(answer.Reason, /answered 500 .*; within its start period of 1h$/)
  server.status = 200
  await waitUntil('it to be healthy', async () => (await ask(instance)).Health === health.healthy)
  server.status = 500
  await waitUntil('it to be unhealthy', async () => (await ask(instance)).Health === health.unhealthy)
  t.pass('it has started: they count')
})

t.test('without an endpoint nothing was probed, and nothing is known', async (t) => {
  const { ask, until } = watching(t, { TCP: { Port: 81 }, UnhealthyThreshold: 1 })
  for (const instance of [instanceAt(undefined), instanceAt(1, { inside: 80 })]) {
    for (let i = 0; i < 3; i++) {
      const answer = await ask(instance)
      t.equal(answer.Health, health.unknown)
      t.equal(answer.Reason, 'TCP port 81: the instance tells no endpoint for port 81')
    }
  }
  const server = await switchable(t)
  await until(instanceAt(server.port, { inside: 81 }), health.healthy)
  t.pass('once it tells one it is probed there')
})

t.test('without an endpoint when a start must have ended it is unhealthy', async (t) => {
  const { until } = watching(t, { TCP: {}, StartPeriod: '200ms' })
  const { Reason } = await until(instanceAt(undefined), health.unhealthy)
  t.match(Reason, /tells no endpoint; \d+ bad results/)
})

t.test('at another address what was counted does not hold', async (t) => {
  const server = await switchable(t)
  const { ask, until } = watching(t, { HTTP: {} })
  await until(instanceAt(await closedPort()), health.unhealthy)
  t.equal((await ask(instanceAt(server.port))).Health, health.healthy, 'the first look at the new one counts')
})

t.test('after a restart of the flavor nothing is known, and bad results count from the start', async (t) => {
  const port = await closedPort()
  const before = watching(t, { TCP: {} })
  await before.until(instanceAt(port), health.unhealthy)
  const after = watching(t, { TCP: {} })
  const answer = await after.ask(instanceAt(port))
  t.equal(answer.Health, health.unknown)
  t.match(answer.Reason, /connection refused; 1 of 3 bad results that make it unhealthy$/)
})

t.test('one instance may be looked at in two ways at once', async (t) => {
  const server = await switchable(t)
  const probes = new HealthProbes()
  t.teardown(() => probes.stop())
  const ask = async (Health: object) => {
    const settings = readProperties({ Health }).health
    return settings && (await probes.ask(instanceAt(server.port), settings)).Health
  }
  for (let i = 0; i < 3; i++) {
    t.equal(await ask({ HTTP: {}, UnhealthyThreshold: 1 }), health.healthy)
    t.equal(await ask({ HTTP: { ExpectStatus: 201 }, UnhealthyThreshold: 1 }), health.unhealthy)
  }
  t.equal(probes.size, 1)
})

t.test('the same ID in another group is another instance', async (t) => {
  const server = await switchable(t)
  const { until, ask } = watching(t, { HTTP: {} })
  const port = await closedPort()
  await until(instanceAt(server.port), health.healthy)
  const other = { ...instanceAt(port), Tags: { 'infrakit.group': 'db' } }
  t.equal((await ask(other)).Health, health.unknown)
  t.equal((await ask(instanceAt(server.port))).Health, health.healthy)
})

t.test('what is being drained is not probed, and afterwards looked at afresh', async (t) => {
  const [server, control] = [await switchable(t), await switchable(t)]
  const { probes, ask } = watching(t, { HTTP: {} })
  await ask(instanceAt(server.port))
  await ask(instanceAt(control.port, { id: 'other' }))
  await probes.without(instanceAt(server.port), async () => {
    const [then, alsoThen] = [server.requests, control.requests]
    await waitUntil('the other one to be probed on', async () => {
      t.match(await ask(instanceAt(server.port)), { Health: health.unknown, Reason: /being drained/ })
      return control.requests > alsoThen + 5
    })
    t.ok(server.requests <= then + 1, 'but for one that was under way')
  })
  t.equal((await ask(instanceAt(server.port))).Health, health.healthy)
})

t.test('who is not asked about is not probed any more, and when asked again is looked at at once', async (t) => {
  const [server, control] = [await switchable(t), await switchable(t)]
  const { ask } = watching(t, { HTTP: {}, UnhealthyThreshold: 1 }, 0)
  await ask(instanceAt(server.port))
  let [before, mark] = [-1, 0]
  await waitUntil('no more probes while the other one, asked about, is probed on', async () => {
    await ask(instanceAt(control.port, { id: 'other' }))
    if (control.requests < mark) return false
    const rests = server.requests === before
    ;[before, mark] = [server.requests, control.requests + 6]
    return rests
  })
  server.status = 500
  const answer = await ask(instanceAt(server.port))
  t.equal(answer.Health, health.unhealthy, 'no verdict of old')
  t.equal(server.requests, before + 1)
})

t.test('the health that the instance plugin reports', async (t) => {
  const { ask } = watching(t, { Instance: {} })
  const reporting = (Properties: unknown): InstanceDescription => ({ ID: 'i-1', Properties })
  const cases: [string, unknown, number, string | undefined][] = [
    ['starting', { Health: 'starting' }, health.unknown, "the instance's own health: starting"],
    ['healthy', { Health: 'healthy' }, health.healthy, undefined],
    ['starting again', { Health: 'starting' }, health.healthy, undefined],
    [
      'unhealthy',
      { Health: 'unhealthy', HealthReason: 'exit 1' },
      health.unhealthy,
      "the instance's own health: unhealthy (exit 1); 1 bad results in a row",
    ],
  ]
  for (const [name, properties, wanted, reason] of cases) {
    const answer = await ask(reporting(properties))
    t.equal(answer.Health, wanted, name)
    t.equal(answer.Reason, reason, name)
  }
  for (const properties of [null, {}, 'text', { Health: 'fine' }, { Health: { a: 1 } }]) {
    const answer = await watching(t, { Instance: {} }).ask(reporting(properties))
    t.match(answer, { Health: health.unknown, Reason: /its plugin says nothing of it/ })
  }
})

t.test('five hundred are probed again and again, and none waits for those that hang', async (t) => {
  const asked = new Map<string, number>()
  const port = await httpServer(t, ({ headers }, answer) => {
    asked.set(headers.host ?? '', (asked.get(headers.host ?? '') ?? 0) + 1)
    answer.end()
  })
  const hanging = await tcpServer(t, (socket) => socket.resume())
  const probes = new HealthProbes()
  t.teardown(() => probes.stop())
  const ask = async (at: number) => {
    // Each has a name of its own, by which the server knows it.
    const HTTP = { Host: `i-${at}` }
    const hangs = at % 10 === 0
    const { health: settings } = readProperties({
      Health: { HTTP, Interval: '1s', Timeout: hangs ? '1m' : '30s', UnhealthyThreshold: 3 },
    })
    if (!settings) throw new Error('no settings')
    return (await probes.ask(instanceAt(hangs ? hanging : port, { id: `i-${at}` }), settings)).Health
  }
  const all = Array.from({ length: 500 }, (_, at) => at)
  await Promise.all(all.map(ask))
  await waitUntil(
    'each that answers to have been probed three times',
    () => asked.size === 450 && [...asked.values()].every((times) => times >= 3),
    60_000,
  )
  const found = await Promise.all(all.map(ask))
  t.equal(found.filter((one) => one === health.healthy).length, 450)
  t.equal(found.filter((one) => one === health.unknown).length, 50, 'those that hang have not answered yet')
})
