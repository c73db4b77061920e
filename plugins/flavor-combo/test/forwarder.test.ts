import { createPlugins } from '@infrakit/discovery'
import { createEventHub, createServer, offer, type EventHub, type Published } from '@infrakit/rpc'
import { flavorInterface } from '@infrakit/spi'
import { memoryFlavor, temporaryFolder, waitUntil } from '@infrakit/testing'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { createForwarder } from '../src/forwarder.js'

/** A plugin folder, flavors in it, and a combo that hands on what they tell. */
async function world(t: Test) {
  const dir = await temporaryFolder(t)
  const plugins = createPlugins(dir)
  const ending = new AbortController()
  t.teardown(() => {
    ending.abort()
    plugins.close()
  })
  async function serve(name: string, events?: EventHub) {
    const offers = [offer(flavorInterface, memoryFlavor().handlers)]
    const server = createServer({ offers, vendor: { name, version: '0.1.0' }, ...(events ? { events } : {}) })
    await server.listen({ path: join(dir, name) })
    t.teardown(() => server.close(0))
    return server
  }
  function forwarder(name: string, publish: (event: Published) => void) {
    return createForwarder({ name, plugins, publish, signal: ending.signal })
  }
  return { serve, forwarder, end: () => ending.abort() }
}

const changed = (ID: string) => ({ Topic: 'health', Type: 'changed', ID, Message: 'is judged anew' })

t.test('what a flavor tells is told once, however often it was asked', async (t) => {
  const { serve, forwarder, end } = await world(t)
  const hub = createEventHub()
  await serve('probing', hub)
  await serve('silent')
  const told: Published[] = []
  const asked = forwarder('combo', (event) => told.push(event))
  for (const name of ['probing', 'silent', 'probing/web', 'nosuch', 'probing']) asked(name)
  await waitUntil('it to listen', () => told.length > 0)
  t.match(told, [{ Topic: 'probing', Type: 'connected', ID: '' }], 'what it told before was missed')
  hub.publish({ ...changed('i-1'), Data: { Why: 'x' } })
  await waitUntil('the event', () => told.length > 1)
  t.match(told.slice(1), [{ Topic: 'probing/health', Type: 'changed', ID: 'i-1', Data: { Why: 'x' } }])
  end()
  hub.publish(changed('i-2'))
  asked('probing')
  hub.publish(changed('i-3'))
  t.equal(told.length, 2)
})

t.test('a flavor that comes back is listened to again', async (t) => {
  const { serve, forwarder } = await world(t)
  const first = await serve('probing', createEventHub())
  const told: Published[] = []
  const asked = forwarder('combo', (event) => told.push(event))
  asked('probing')
  await waitUntil('it to listen', () => told.length === 1)
  await first.close(0)
  const hub = createEventHub()
  await serve('probing', hub)
  await waitUntil('it to listen again', () => told.length === 2)
  t.match(told[1], { Topic: 'probing', ID: '' })
  hub.publish(changed('i-1'))
  await waitUntil('the event', () => told.length === 3)
})

t.test('combos that have each other for parts tell everything once', async (t) => {
  const { serve, forwarder } = await world(t)
  const [hub, one, other] = [createEventHub(), createEventHub(), createEventHub()]
  await serve('probing', hub)
  await serve('one', one)
  await serve('other', other)
  const told: string[] = []
  one.subscribe('.', ({ Topic, ID }) => told.push(`one: ${Topic} ${ID}`))
  other.subscribe('.', ({ Topic, ID }) => told.push(`other: ${Topic} ${ID}`))
  const askedOne = forwarder('one', (event) => one.publish(event))
  const askedOther = forwarder('other', (event) => other.publish(event))
  askedOne('probing')
  await waitUntil('the first to listen', () => told.length > 0)
  askedOne('other')
  askedOther('one')
  await waitUntil('all to listen', () => ['one: other ', 'other: one '].every((line) => told.includes(line)))
  told.length = 0
  hub.publish(changed('i-1'))
  await waitUntil('both to tell it', () => told.length >= 2)
  hub.publish(changed('i-2'))
  await waitUntil('both to tell the next', () => told.some((line) => line === 'other: one/probing/health i-2'))
  t.same(told.sort(), [
    'one: probing/health i-1',
    'one: probing/health i-2',
    'other: one/probing/health i-1',
    'other: one/probing/health i-2',
  ])
})
