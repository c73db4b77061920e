import { startWebServer, waitUntil } from '@infrakit/testing'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { rejection } from '@infrakit/testing'
import t from 'tap'
import { ask, createWorld, routeTo } from './world.js'

t.test('a change is live in all workers when it is answered', async (t) => {
  const world = await createWorld(t, { workers: 3 })
  t.equal(world.pids.length, 3)
  const [one, two] = [await startWebServer(t, 'one'), await startWebServer(t, 'two')]
  for (let at = 0; at < 10; at++) {
    const now = at % 2 === 0 ? one : two
    await world.serve([now.server])
    const answers = await Promise.all(Array.from({ length: 12 }, () => ask(world.port)))
    t.same(new Set(answers.map(({ text }) => text)), new Set([now.server.Name]))
  }
  t.match(await world.server('two'), { Requests: 12, Answers: { '2xx': 12 } }, 'what all of them did is counted')
})

t.test('a worker that dies is replaced by one that knows all, and a call made meanwhile is answered', async (t) => {
  const world = await createWorld(t, { workers: 2 })
  const [one, two] = [await startWebServer(t, 'one'), await startWebServer(t, 'two')]
  await world.serve([one.server, two.server])
  await world.proxy.drain({ Name: 'shop', Owner: 'me', Server: 'two' })
  for (let at = 0; at < 3; at++) {
    const victims = world.pids
    for (const pid of victims) process.kill(pid, 'SIGKILL')
    t.match(await world.server('two'), { State: 'draining', InFlight: 0 })
    await waitUntil(
      'two others to serve',
      () => world.pids.length === 2 && !world.pids.some((pid) => victims.includes(pid)),
    )
    for (let i = 0; i < 6; i++) t.equal((await ask(world.port)).text, 'one')
  }
  t.ok(world.warned.some((text) => text.startsWith('a worker has ended')))
})

t.test('while a worker is being replaced, the other one takes what comes', async (t) => {
  const world = await createWorld(t, { workers: 2 })
  const web = await startWebServer(t, 'web')
  await world.serve([web.server])
  const [victim] = world.pids
  if (victim !== undefined) process.kill(victim, 'SIGKILL')
  await waitUntil('it to be gone', () => !world.pids.includes(victim ?? 0))
  for (let at = 0; at < 20; at++) t.match(await ask(world.port), { status: 200 })
})

t.test('a port that is taken: a clear error, nothing is changed, and others serve', async (t) => {
  const world = await createWorld(t, { workers: 2 })
  const web = await startWebServer(t, 'web')
  await world.serve([web.server])
  const other = createServer().listen(0, '127.0.0.1')
  t.teardown(() => other.close())
  await once(other, 'listening')
  const { port } = other.address() as AddressInfo
  const elsewhere = routeTo(port, [web.server], { Name: 'other' })
  t.match(await rejection(world.proxy.apply({ Route: elsewhere })), {
    kind: 'plugin-failed',
    message: `Listen: cannot listen on 127.0.0.1:${port}: another process listens there`,
    path: 'Listen',
    hint: /^End it, or choose another Listen/,
  })
  t.match(await rejection(world.proxy.apply({ Route: routeTo(port, [web.server]) })), { kind: 'plugin-failed' })
  t.match((await world.proxy.list({})).Routes, [{ Version: 1, Route: { Listen: `127.0.0.1:${world.port}` } }])
  t.match(await ask(world.port), { text: 'web' })
  const closed = once(other, 'close')
  other.close()
  await closed
  await world.proxy.apply({ Route: elsewhere })
  t.match(await ask(port), { text: 'web' })
})

t.test('a change of one route among many leaves the others alone', async (t) => {
  const world = await createWorld(t)
  const web = await startWebServer(t, 'web')
  const names = Array.from({ length: 200 }, (_, at) => `shop-${at}.test`)
  await Promise.all(names.map((Host) => world.serve([web.server], { Name: Host, Host })))
  await world.serve([], { Name: 'shop-7.test', Host: 'shop-7.test' })
  const status = async (host: string) => (await ask(world.port, '/', { headers: { host } })).status
  t.same(
    await Promise.all(['shop-6.test', 'shop-7.test', 'shop-8.test', 'none.test'].map(status)),
    [200, 503, 200, 404],
  )
})
