import { ownConsul } from '@infrakit/testing/consul'
import { skipFor, waitUntil } from '@infrakit/testing'
import t from 'tap'
import { broken, createFront, say, type Manner } from './front.js'
import { openRegistry, refusal } from './support.js'

const html = '<html><body>blue</body></html>'
const page = (status: number) => say(status, 'text/html', html)
const json = (status: number, value: unknown, headers = {}) =>
  say(status, 'application/json', JSON.stringify(value), headers)
const text = (status: number, body: string) => say(status, 'text/plain', body)
const index = { 'x-consul-index': '7' }
const entry = { Key: 'infrakit/keys/colour', Value: 'Ymx1ZQ==', Flags: 0, CreateIndex: 1, ModifyIndex: 7, LockIndex: 0 }
const found = JSON.stringify([entry])

const cases: readonly (readonly [what: string, manner: Manner, kind: string, hint: RegExp])[] = [
  ['an error page', page(500), 'unavailable', /log/],
  ['an error page of a proxy', page(502), 'unavailable', /log/],
  ['a page with status 200', page(200), 'unavailable', /proxy/],
  ['a page that is not found', page(404), 'unavailable|plugin-failed', /--address/],
  ['a page with status 409', page(409), 'unavailable|plugin-failed', /--address/],
  ['a redirection', say(301, 'text/html', '', { location: 'http://127.0.0.1:1/' }), 'plugin-failed', /--address/],
  ['JSON of somebody else', json(200, { colour: 'blue' }, index), 'unavailable', /proxy/],
  ['a text in JSON', json(200, 'blue', index), 'unavailable', /proxy/],
  ['a list of something else', json(200, [{ Key: 'colour' }], index), 'unavailable', /proxy/],
  ['JSON without an index', json(200, [entry]), 'unavailable', /proxy/],
  ['nothing', say(200, 'application/json', '', index), 'unavailable', /proxy/],
  ['half of the JSON', say(200, 'application/json', found.slice(0, 40), index), 'unavailable', /proxy/],
  [
    'a body that breaks off',
    broken((response) => response.write(found, () => response.destroy()), { 'content-length': found.length + 9 }),
    'unavailable',
    /broke/,
  ],
  [
    'a body in pieces that breaks off',
    broken((response) => response.write(found.slice(0, 40), () => response.destroy())),
    'unavailable',
    /broke/,
  ],
  ['a body that never ends', broken((response) => void response.write(found.slice(0, 40))), 'timeout', /still run/],
  ['no answer at all', () => undefined, 'timeout', /still run/],
  ['a connection that is cut', (response) => response.destroy(), 'unavailable', /broke/],
  ['a refused token', text(403, 'Permission denied'), 'plugin-failed', /token/],
  ['an unknown token', text(403, 'ACL not found'), 'plugin-failed', /token/],
  ['too many requests', text(429, 'rate limit'), 'unavailable', /limits/],
  ['no leader', text(500, 'No cluster leader'), 'unavailable', /majority/],
  ['no servers', text(500, 'No known Consul servers'), 'unavailable', /majority/],
  ['a leader that was lost', text(500, 'leadership lost while committing log'), 'unavailable', /not known/],
  ['an unknown datacentre', text(500, 'No path to datacenter'), 'unavailable', /--datacenter/],
  ['an agent with TLS', text(400, 'Client sent an HTTP request to an HTTPS server.'), 'unavailable', /https/],
]

for (const [what, manner, kind, hint] of cases) {
  t.test(`${what} is an error that says what to do, and never a value`, async (t) => {
    const { address } = await createFront(t, manner)
    const { registry } = openRegistry(t, [address], { timeoutMs: 400 })
    const Service = { Name: 'shop', ID: 'shop-1', Address: '127.0.0.1', Port: 80 }
    const calls = {
      get: () => registry.get({ Key: 'colour' }),
      list: () => registry.list({ Prefix: '' }),
      put: () => registry.put({ Key: 'colour', Value: 'green', IfVersion: 7 }),
      holder: () => registry.holder({ Name: 'deploy' }),
      acquire: () => registry.acquire({ Name: 'deploy', Owner: 'test' }),
      services: () => registry.services({ Name: 'shop' }),
      'all services': () => registry.services({}),
      register: () => registry.register({ Service }),
    }
    // A service is entered with an answer that has no body: these two are what a right one looks like.
    const isRight = /^(nothing|JSON|a text|a list)/.test(what)
    for (const [name, call] of Object.entries(calls)) {
      const refused = await refusal(call())
      t.match(refused.kind, new RegExp(`^(${isRight && name === 'register' ? 'unavailable|timeout' : kind})$`), name)
      t.match(refused.message, address, `${name} says where`)
      t.notMatch(refused.message, /blue|<html/, `${name} does not hand the page on`)
      if (name === 'get' || name === 'put') t.match(refused.hint, hint, `${name} says what to do`)
    }
  })
}

t.test('control: the same answers as they should be are taken', async (t) => {
  const { address } = await createFront(t, say(200, 'application/json', found, index))
  const { registry } = openRegistry(t, [address], { timeoutMs: 400 })
  t.same(await registry.get({ Key: 'colour' }), { Entry: { Key: 'colour', Value: 'blue', Version: 7 } })
})

t.test('every call has the token, the namespace and the datacentre', { skip: skipFor(['consul']) }, async (t) => {
  const [{ address }] = await ownConsul(t)
  const front = await createFront(t, 'pass', address)
  const given = { token: 'a-token', namespace: 'team', datacenter: 'dc1' }
  const { registry, followed } = openRegistry(t, [front.address], given)
  const { Lease } = await registry.acquire({ Name: 'deploy', Owner: 'me' })
  await registry.put({ Key: 'colour', Value: 'blue', Lease })
  await registry.get({ Key: 'colour' })
  await registry.list({ Prefix: '' })
  await registry.renew(Lease)
  await registry.release(Lease)
  const Service = { Name: 'shop', ID: 'shop-1', Address: 'h', Port: 1, Check: { TTLSeconds: 60 } }
  await registry.register({ Service })
  await registry.services({})
  await registry.deregister({ ID: 'shop-1' })
  await followed()
  const calls = new Set(front.asked)
  for (const call of ['PUT /v1/txn', 'PUT /v1/session/create', 'PUT /v1/agent/service/register']) t.ok(calls.has(call))
  t.same(
    front.requests.filter(({ headers }) => headers['x-consul-token'] !== given.token),
    [],
    'the token',
  )
  t.same(
    front.requests.filter(({ headers }) => headers['x-consul-namespace'] !== given.namespace),
    [],
    'the namespace',
  )
  // An agent is asked for what is its own, which is in its datacentre.
  const elsewhere = front.requests.filter(({ url }) => !url.includes('/v1/agent/') && !/[?&]dc=dc1/.test(url))
  t.same(elsewhere, [], 'the datacentre')
})

t.test('nobody listens', async (t) => {
  const { registry } = openRegistry(t, ['http://127.0.0.1:1', 'http://127.0.0.1:2'], { timeoutMs: 400 })
  t.match(await refusal(registry.put({ Key: 'a', Value: 'b' })), { kind: 'unavailable', hint: /--address/ })
})

t.test('another agent is asked', { skip: skipFor(['consul']) }, async (t) => {
  const [{ address }] = await ownConsul(t)
  const right = openRegistry(t, [address]).registry
  const refusing = 'http://127.0.0.1:1'
  await openRegistry(t, [refusing, address]).registry.put({ Key: 'count', Value: '1' })
  t.equal((await right.get({ Key: 'count' })).Entry?.Value, '1', 'for a change as well, when nobody listens')

  const silent = await createFront(t, () => undefined)
  const behind = await createFront(t, 'pass', address)
  const { registry } = openRegistry(t, [silent.address, behind.address], { timeoutMs: 1500 })
  t.equal((await registry.get({ Key: 'count' })).Entry?.Value, '1', 'for a look, when there is no answer')

  const doubtful = openRegistry(t, [silent.address, behind.address], { timeoutMs: 1500 }).registry
  behind.asked.length = 0
  t.match(await refusal(doubtful.put({ Key: 'count', Value: '2' })), { kind: 'timeout', hint: /not known/ })
  t.notOk(behind.asked.includes('PUT /v1/txn'), 'a change that may have been made is not made again')
  await doubtful.put({ Key: 'count', Value: '3' })
  t.equal((await right.get({ Key: 'count' })).Entry?.Value, '3', 'and the next one goes to the agent that answers')
})

t.test('a look that is given up says nothing about the agent', { skip: skipFor(['consul']) }, async (t) => {
  const [{ address }] = await ownConsul(t)
  const [silent, behind] = [await createFront(t, () => undefined), await createFront(t, 'pass', address)]
  const { registry } = openRegistry(t, [silent.address, behind.address])
  const caller = new AbortController()
  const look = refusal(registry.get({ Key: 'count' }, { signal: caller.signal }))
  await waitUntil('it to ask', () => silent.asked.includes('GET /v1/kv/infrakit%2Fkeys%2Fcount'))
  caller.abort()
  t.match(await look, { kind: 'unavailable', message: /given up/ })
  t.same(behind.asked, [], 'which is asked again')
})

t.test(
  'a change that is made while Consul cannot be followed is told afterwards',
  { skip: skipFor(['consul']) },
  async (t) => {
    const [{ address }] = await ownConsul(t)
    const right = openRegistry(t, [address]).registry
    const front = await createFront(t, 'pass', address)
    const { topics, followed } = openRegistry(t, [front.address], { timeoutMs: 1000 })
    await followed()
    const bad: [string, Manner][] = [
      ['pages', page(200)],
      ['cut answers', broken((response) => response.write('[', () => response.destroy()))],
      ['an index that went back', say(200, 'application/json', '[]', { 'x-consul-index': '1' })],
    ]
    for (const [what, manner] of bad) {
      await right.put({ Key: 'before', Value: what })
      await waitUntil('it to follow', () => topics.includes('registry/keys/before'))
      front.manner = manner
      front.cut()
      const asked = front.asked.length
      await right.put({ Key: 'meanwhile', Value: what })
      await waitUntil('it to ask in vain', () => front.asked.length > asked + 3, 30_000)
      topics.length = 0
      front.manner = 'pass'
      await waitUntil(`the change during ${what}`, () => topics.includes('registry/keys/meanwhile'), 30_000)
      topics.length = 0
    }
  },
)
