import { createEventHub } from '@infrakit/rpc'
import type { Event } from '@infrakit/spi'
import { ownConsul } from '@infrakit/testing/consul'
import { skipFor, waitUntil } from '@infrakit/testing'
import t, { type Test } from 'tap'
import { createConsulRegistry } from '../src/plugin.js'
import { createFront, type Front } from './front.js'

const skip = skipFor(['consul'])
const log = { warn: () => undefined, info: () => undefined }

/** A registry before which somebody can see what is asked of Consul, and to which nobody listens yet. */
async function opened(t: Test) {
  const [{ address }] = await ownConsul(t)
  const front = await createFront(t, 'pass', address)
  const events = createEventHub()
  const settings = { addresses: [front.address], prefix: 'infrakit', timeoutMs: 10_000 }
  const { registry, stop } = createConsulRegistry({ settings, events, log })
  t.teardown(stop)
  return { front, events, registry }
}

const follows = (front: Front, what: string) =>
  front.requests.filter(({ url }) => url.includes(what) && url.includes('index='))

t.test('a put is one request, and nothing is read again while nobody listens', { skip }, async (t) => {
  const { front, events, registry } = await opened(t)
  for (const Value of ['a', 'b', 'c']) await registry.put({ Key: 'colour', Value })
  t.same(front.asked, ['PUT /v1/txn', 'PUT /v1/txn', 'PUT /v1/txn'])
  const leave = events.subscribe('group', () => undefined)
  await registry.put({ Key: 'colour', Value: 'd' })
  t.equal(front.asked.length, 4, 'nor while somebody listens to something else')
  leave()
})

t.test('whoever begins to listen is told to look again once nothing more is missed', { skip }, async (t) => {
  const { front, events, registry } = await opened(t)
  await registry.put({ Key: 'shop/colour', Value: 'blue' })
  const heard: Event[] = []
  const leave = events.subscribe('registry/keys/shop', (event) => heard.push(event))
  await waitUntil('a hint', () => heard.length > 0)
  t.match(heard, [{ Topic: 'registry/keys/shop', ID: '' }], 'and of nothing that was there before')
  await registry.put({ Key: 'shop/colour', Value: 'green' })
  await waitUntil('the change', () => heard.length > 1)
  t.match(heard[1], { Topic: 'registry/keys/shop/colour', Type: 'changed', ID: 'shop/colour' })
  t.same(
    front.asked.filter((asked) => /catalog|health/.test(asked)),
    [],
    'services are not asked for: nobody listens to them',
  )

  const other: Event[] = []
  const leaveToo = events.subscribe('registry/leases', (event) => other.push(event))
  await registry.acquire({ Name: 'deploy', Owner: 'me' })
  await waitUntil('the lease', () => other.length > 0)
  t.match(
    other,
    [{ Topic: 'registry/leases/deploy' }],
    'one who comes when Consul is followed has not looked too early',
  )
  leave()
  leaveToo()

  await registry.delete({ Key: 'shop/colour' })
  const asked = front.asked.length
  await registry.get({ Key: 'shop/colour' })
  t.equal(front.asked.length, asked + 1, 'when all have left, Consul is not followed any more')
  heard.length = front.requests.length = 0
  events.subscribe('registry/keys/shop', (event) => heard.push(event))
  await waitUntil('a hint for the one who comes next', () => heard.length > 0)
  await waitUntil('it to be followed again', () => follows(front, '/kv/').length > 0)
})

t.test('what changes before Consul can be followed is found by looking again', { skip }, async (t) => {
  const { front, events, registry } = await opened(t)
  await registry.put({ Key: 'colour', Value: 'blue' })
  front.manner = (response) => void response.writeHead(500).end('No cluster leader')
  let seen: string | undefined
  const look = async () => (seen = (await registry.get({ Key: 'colour' })).Entry?.Value ?? '')
  events.subscribe('registry/keys/colour', () => void look().catch(() => undefined))
  await waitUntil('it to try', () => front.asked.length > 1)
  front.manner = 'pass'
  await registry.delete({ Key: 'colour' })
  await waitUntil('the deletion to be seen', () => seen === '')
})
