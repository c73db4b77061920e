import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { rejection, startWebServer, waitUntil } from '@infrakit/testing'
import t from 'tap'
import { ask, createWorld } from './world.js'

const asked = { Name: 'shop', Owner: 'me' }

for (const workers of [1, 2]) {
  t.test(`a drain waits for what is under way, and nothing new goes there (${workers} workers)`, async (t) => {
    const world = await createWorld(t, { workers })
    const waiting: (() => void)[] = []
    const old = await startWebServer(t, 'old', (request, response) => {
      if (request.url === '/slow') waiting.push(() => response.end('slow'))
      else response.end('old')
    })
    const fresh = await startWebServer(t, 'fresh')
    await world.serve([old.server])
    const slow = Array.from({ length: 6 }, () => ask(world.port, '/slow'))
    await waitUntil('the server to be asked', () => waiting.length === 6)
    await world.serve([fresh.server])
    const before = old.asked.length
    for (let at = 0; at < 20; at++) t.equal((await ask(world.port)).text, 'fresh')
    t.equal(old.asked.length, before)
    t.match(await world.server('old'), { State: 'draining', InFlight: 6, Share: 0 })
    let drained = false
    const draining = world.proxy.drain({ ...asked, Server: 'old' }).then((result) => ((drained = true), result))
    await sleep(100)
    t.notOk(drained)
    for (const answer of waiting) answer()
    t.same(await draining, { InFlight: 0, Cut: 0 })
    for (const one of slow) t.match(await one, { status: 200, text: 'slow' })
  })
}

t.test('when the time is up what is left is told, or cut', async (t) => {
  const world = await createWorld(t, { workers: 2 })
  const old = await startWebServer(t, 'old', () => undefined)
  const other = await startWebServer(t, 'other')
  await world.serve([old.server])
  const lost = Array.from({ length: 4 }, () => rejection(ask(world.port)))
  await waitUntil('the server to be asked', () => old.asked.length === 4)
  await world.serve([old.server, other.server])
  t.same(await world.proxy.drain({ ...asked, Server: 'old', TimeoutSeconds: 0 }), { InFlight: 4, Cut: 0 })
  t.same(await world.proxy.drain({ ...asked, Server: 'old', TimeoutSeconds: 0, Cut: true }), { InFlight: 0, Cut: 4 })
  for (const one of lost) t.match(await one, { code: 'ECONNRESET' })
  for (let at = 0; at < 4; at++) t.equal((await ask(world.port)).text, 'other')
  await world.proxy.drain({ ...asked, Server: 'old', Undo: true })
  t.match(await world.server('old'), { State: 'up', Share: 0.5, InFlight: 0 })
})

t.test('a route that is removed finishes what it has', async (t) => {
  const world = await createWorld(t)
  let finish: () => void = () => undefined
  const old = await startWebServer(t, 'old', (_, response) => (finish = () => response.end('slow')))
  await world.serve([old.server])
  const slow = ask(world.port)
  await waitUntil('the server to be asked', () => old.asked.length === 1)
  await world.proxy.remove(asked)
  t.match(await rejection(ask(world.port)), { code: 'ECONNREFUSED' })
  finish()
  t.match(await slow, { status: 200, text: 'slow' })
})

t.test('what is under way is finished when the proxy ends, for a while', async (t) => {
  const world = await createWorld(t, { graceMs: 300 })
  const waiting: (() => void)[] = []
  const web = await startWebServer(t, 'web', (_, response) => waiting.push(() => response.end('slow')))
  await world.serve([web.server])
  const [first, second] = [ask(world.port), rejection(ask(world.port))]
  await waitUntil('the server to be asked', () => waiting.length === 2)
  const closed = world.close()
  setTimeout(() => waiting[0]?.(), 50)
  await closed
  const results = await Promise.allSettled([first, second])
  t.equal(results.filter((one) => one.status === 'fulfilled').length, 2)
  t.match(await Promise.race([second, once(web.http, 'close')]), { code: 'ECONNRESET' }, 'after that it is cut')
})
