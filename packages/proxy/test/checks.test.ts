import { startWebServer, waitUntil } from '@infrakit/testing'
import type { ProxyRoute } from '@infrakit/spi'
import t, { type Test } from 'tap'
import { createChecks, settle, type Found } from '../src/index.js'

const quick = { Path: '/health', Interval: '20ms', Timeout: '5s', Rise: 2, Fall: 2 }

function routeTo(Servers: ProxyRoute['Backends'][number]['Servers'], Check: object | null = quick) {
  const Route = { Name: 'shop', Owner: 'me', Listen: ':80', Backends: [{ Name: 'blue', Servers, Check }] }
  return settle({ Route: Route as ProxyRoute, Drained: [] })
}

/** A server whose health can be changed, and checks. */
async function world(t: Test) {
  const health = { status: 200 }
  const web = await startWebServer(t, 'web', (_, answer) => {
    answer.statusCode = health.status
    answer.end()
  })
  const told: Found[] = []
  const checks = createChecks((found) => void told.push(found))
  t.teardown(() => checks.close())
  const untilAsked = (count: number) => waitUntil('it to be asked', () => web.asked.length >= count)
  return { health, web, told, checks, untilAsked, states: () => told.map(({ down }) => down) }
}

t.test('a server is well until it was not so often enough, and the other way round', async (t) => {
  const { health, web, told, checks, untilAsked, states } = await world(t)
  checks.set(routeTo([web.server]))
  await untilAsked(3)
  t.same(told, [])
  health.status = 500
  await waitUntil('it to be down', () => told.length === 1)
  t.same(told, [{ route: 'shop', server: 'web', down: true, why: '/health answers 500' }])
  t.same(checks.down('shop'), ['web'])
  health.status = 302
  await waitUntil('it to be up', () => told.length === 2)
  t.same(states(), [true, false])
  t.same(checks.down('shop'), [])
})

t.test('one that does not answer, in time or at all, is not well, and it is said why', async (t) => {
  const silent = await startWebServer(t, 'silent', () => undefined)
  const gone = await startWebServer(t, 'gone')
  await gone.end()
  const told: Found[] = []
  const checks = createChecks((found) => void told.push(found))
  t.teardown(() => checks.close())
  checks.set(routeTo([silent.server, gone.server], { ...quick, Timeout: '50ms' }))
  await waitUntil('both to be down', () => told.length === 2)
  t.match(told.find(({ server }) => server === 'silent')?.why, 'not answered within 50 ms')
  t.match(told.find(({ server }) => server === 'gone')?.why, 'ECONNREFUSED')
})

t.test('the question is for the host of the route, else for the server', async (t) => {
  const { web, checks, untilAsked } = await world(t)
  checks.set(routeTo([web.server]))
  await untilAsked(1)
  t.equal(web.asked[0]?.headers.host, `127.0.0.1:${web.port}`)
  checks.set({ ...routeTo([web.server]), host: 'shop.example' })
  await waitUntil('it to be so', () => web.asked.at(-1)?.headers.host === 'shop.example')
})

t.test('what was found stays while the server and its check do, and until another check finds otherwise', async (t) => {
  const { health, web, told, checks, untilAsked, states } = await world(t)
  health.status = 500
  checks.set(routeTo([web.server]))
  await waitUntil('it to be down', () => told.length === 1)
  checks.set(routeTo([web.server]))
  t.same(checks.down('shop'), ['web'])
  health.status = 200
  checks.set(routeTo([web.server], { ...quick, Path: '/other', Interval: '1h', Rise: 1 }))
  t.same(checks.down('shop'), ['web'], 'not at once')
  await waitUntil('the other one to find otherwise', () => told.length === 2)
  t.same(states(), [true, false])
  const count = web.asked.length
  checks.set(routeTo([web.server]))
  await untilAsked(count + 3)
  t.same(states(), [true, false])
})

t.test('who is not checked any more, or is another one, is well; who is gone is not spoken of', async (t) => {
  const { health, web, told, checks, states } = await world(t)
  const downOnce = async () => {
    told.splice(0)
    health.status = 500
    checks.set(routeTo([web.server]))
    await waitUntil('it to be down', () => told.length === 1)
  }
  await downOnce()
  checks.set(routeTo([web.server], null))
  t.same(states(), [true, false])
  t.same([checks.down('shop'), checks.routes()], [[], []])
  await downOnce()
  checks.set(routeTo([{ ...web.server, Port: 1 }], { ...quick, Fall: 10_000 }))
  t.same(states(), [true, false])
  await downOnce()
  checks.set(routeTo([]))
  checks.remove('shop')
  t.same(states(), [true])
})

t.test('what an earlier process found holds until it is found otherwise', async (t) => {
  const { web, told, checks, states } = await world(t)
  const other = { ...web.server, Name: 'other' }
  checks.set(routeTo([web.server, other]), { down: new Set(['web']) })
  t.same(checks.down('shop'), ['web'])
  await waitUntil('it to be up', () => told.length === 1)
  t.same(states(), [false])
})

t.test('a host is asked at its address, and one without is not', async (t) => {
  const { web, told, checks, untilAsked } = await world(t)
  const named = { ...web.server, Host: 'web.example' }
  checks.set(routeTo([named]), { addressOf: () => undefined })
  t.same(checks.routes(), [])
  checks.set(routeTo([named]), { addressOf: () => '127.0.0.1' })
  await untilAsked(2)
  t.equal(web.asked[0]?.headers.host, `web.example:${web.port}`)
  t.same(told, [])
})

t.test('what is removed is not asked any more, not even what was on its way', async (t) => {
  const held: (() => void)[] = []
  const web = await startWebServer(t, 'web', (_, answer) => {
    answer.statusCode = 500
    held.push(() => answer.end())
  })
  const told: Found[] = []
  const checks = createChecks((found) => void told.push(found))
  checks.set(routeTo([web.server], { ...quick, Fall: 1 }))
  await waitUntil('it to be asked', () => held.length === 1)
  checks.remove('shop')
  held[0]?.()
  const other = createChecks((found) => void told.push(found))
  t.teardown(() => other.close())
  other.set(routeTo([web.server], { ...quick, Fall: 1 }))
  await waitUntil('the other to ask', () => held.length === 2)
  held[1]?.()
  await waitUntil('the other to tell', () => told.length > 0)
  t.equal(told.length, 1)
})
