import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { rejection, waitUntil, type Teardown } from '@infrakit/testing'
import t from 'tap'
import { handClock, open } from './support.js'

t.test('what was put, registered and acquired is there after a restart', async (t) => {
  const first = await open(t)
  const { Version } = await first.registry.put({ Key: 'shop/colour', Value: 'blue' })
  await first.registry.put({ Key: 'gone', Value: 'x' })
  await first.registry.delete({ Key: 'gone' })
  const service = { Name: 'shop', ID: 'shop-1', Address: '127.0.0.1', Port: 80, Tags: ['a'] }
  await first.registry.register({ Service: service })
  await first.stop()
  const { registry } = await open(t, { dir: first.dir })
  t.same(await registry.list({ Prefix: '' }), { Entries: [{ Key: 'shop/colour', Value: 'blue', Version }] })
  t.same((await registry.services({})).Services, [{ ...service, Health: 'passing' }])
  const next = await registry.put({ Key: 'gone', Value: 'y' })
  t.ok(next.Version > Version + 1, 'a version is never used again')
})

t.test('each change is told once, on its topic; what changes nothing is not', async (t) => {
  const { registry, events } = await open(t)
  await registry.put({ Key: 'a/b', Value: '1' })
  await registry.delete({ Key: 'a/b' })
  await registry.delete({ Key: 'a/b' })
  await registry.deregister({ ID: 'nobody' })
  await rejection(registry.put({ Key: 'a', Value: '1', IfVersion: 7 }))
  const { Lease } = await registry.acquire({ Name: 'l', Owner: 'me' })
  await registry.release(Lease)
  const service = { Name: 's', ID: 's-1', Address: 'a', Port: 1 }
  await registry.register({ Service: service })
  await registry.register({ Service: { ...service, Name: 'other' } })
  await registry.deregister({ ID: 's-1' })
  t.same(events, [
    'registry/keys/a/b put',
    'registry/keys/a/b deleted',
    'registry/leases/l held',
    'registry/leases/l free',
    'registry/services/s changed',
    'registry/services/s deregistered',
    'registry/services/other changed',
    'registry/services/other deregistered',
  ])
})

t.test('an error about a version says which one there is', async (t) => {
  const { registry } = await open(t)
  const { Version } = await registry.put({ Key: 'a', Value: '1' })
  const message = async (IfVersion: number, Key = 'a') => {
    return ((await rejection(registry.put({ Key, Value: '2', IfVersion }))) as Error).message
  }
  t.equal(await message(0), `key 'a' was expected not to be there; it is at version ${Version}`)
  t.equal(await message(9), `key 'a' was expected to be at version 9; it is at version ${Version}`)
  t.equal(await message(9, 'b'), `key 'b' was expected to be at version 9; there is no such key`)
})

/** A server whose status can be changed. */
async function healthServer(t: Teardown) {
  const state = { status: 200 }
  const server = createServer((_, response) => response.writeHead(state.status).end())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const { port } = server.address() as AddressInfo
  return { state, url: `http://127.0.0.1:${port}/health`, port }
}

t.test('a service that was well before a restart is so afterwards, until a check fails', async (t) => {
  const { state, url, port } = await healthServer(t)
  const first = await open(t)
  const Check = { HTTP: url, IntervalSeconds: 1 }
  const Service = { Name: 's', ID: 's', Address: '127.0.0.1', Port: port, Check }
  await first.registry.register({ Service })
  const health = async ({ registry } = first) => (await registry.services({})).Services[0]?.Health
  t.equal(await health(), 'critical', 'nobody has looked yet')
  await waitUntil('a check to pass', async () => (await health()) === 'passing')
  await first.registry.register({ Service: { ...Service, Tags: ['new'] } })
  t.equal(await health(), 'passing', 'with the same check it is still well')
  await first.registry.register({ Service: { ...Service, Check: { ...Check, TimeoutSeconds: 3 } } })
  t.equal(await health(), 'critical', 'with another one nobody has looked yet')
  await waitUntil('a check to pass', async () => (await health()) === 'passing')
  await first.stop()
  state.status = 500
  const second = await open(t, { dir: first.dir })
  t.equal(await health(second), 'passing')
  await waitUntil('a check to fail', async () => (await health(second)) === 'critical')
  t.ok(second.events.includes('registry/services/s changed'))
})

t.test(
  'a service that says itself that it is well: its time goes on over a restart, and its silence is told',
  async (t) => {
    const clock = handClock()
    const first = await open(t, { clock })
    const Service = { Name: 's', ID: 's', Address: 'a', Port: 1, Check: { TTLSeconds: 30 } }
    await first.registry.register({ Service })
    clock.pass(29_999)
    await first.stop()
    const second = await open(t, { clock, dir: first.dir })
    const health = async () => (await second.registry.services({})).Services[0]?.Health
    t.equal(await health(), 'passing')
    clock.pass(1)
    t.equal(await health(), 'critical')
    await waitUntil('its silence to be told', () => second.events.includes('registry/services/s changed'))
    await second.registry.register({ Service })
    t.equal(await health(), 'passing')
  },
)
