import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import { waitUntil } from '@infrakit/testing'
import t from 'tap'
import type { Event } from '@infrakit/spi'
import { createEventHub } from '../src/index.js'
import { dial, rpc, send, serve } from './support.js'

function event(Topic: string, ID = 'a') {
  return { Topic, Type: 'changed', ID, Message: 'm' }
}

/** Reads a stream; `events` are those that came so far. */
async function stream(t: { teardown(fn: () => unknown): unknown }, path: string, url: string) {
  const req = request({ socketPath: path, path: url, agent: false })
  t.teardown(() => req.destroy())
  req.on('error', () => undefined).end()
  const [res] = (await once(req, 'response')) as [IncomingMessage]
  let text = ''
  let closed = false
  res.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
  res.on('close', () => (closed = true)).on('error', () => undefined)
  const events = () =>
    text
      .split('\n\n')
      .filter((part) => part.startsWith('data: '))
      .map((part) => JSON.parse(part.slice(6)) as Event)
  return { res, req, text: () => text, events, closed: () => closed }
}

t.test('a topic matches itself and what is below it', async (t) => {
  const hub = createEventHub()
  const seen: string[] = []
  for (const topic of ['.', '', '/', 'instance', 'instance/', 'instance/a', 'inst']) {
    hub.subscribe(topic, ({ Topic }) => seen.push(`${topic} got ${Topic}`))
  }
  hub.publish(event('instance/a'))
  t.same(
    seen,
    ['.', '', '/', 'instance', 'instance/', 'instance/a'].map((topic) => `${topic} got instance/a`),
  )
  seen.length = 0
  hub.publish(event('instances'))
  t.same(
    seen,
    ['.', '', '/'].map((topic) => `${topic} got instances`),
  )
})

t.test('who has left hears nothing more', async (t) => {
  const hub = createEventHub()
  const seen: Event[] = []
  const leave = hub.subscribe('a', (event) => {
    seen.push(event)
    leave()
  })
  hub.publish(event('a'))
  hub.publish(event('a'))
  t.equal(seen.length, 1)
  t.match(seen[0], { Topic: 'a', Type: 'changed', ID: 'a', Message: 'm', Timestamp: /^\d{4}-.*Z$/ })
})

t.test('whoever publishes is told what is listened to', async (t) => {
  const hub = createEventHub()
  const seen: string[][] = []
  const end = hub.onListening(() => seen.push(hub.listenedTo()))
  const leave = ['/a/b', 'a/b', '.'].map((topic) => hub.subscribe(topic, () => undefined))
  t.same(seen, [['a/b'], ['a/b'], ['a/b', '']])
  for (const one of leave) one()
  leave[0]?.()
  t.same(seen.slice(3), [['a/b', ''], [''], []], 'once for each who leaves')
  end()
  hub.subscribe('a', () => undefined)
  t.equal(seen.length, 6)
})

t.test('topics are listed by their parent', async (t) => {
  const hub = createEventHub()
  for (const topic of ['streams/min', 'streams/hr', 'streams/hr/a', 'timer', '/streams//sec/'])
    hub.publish(event(topic))
  t.same(hub.topics('.'), ['streams', 'timer'])
  t.same(hub.topics('streams'), ['hr', 'min', 'sec'])
  t.same(hub.topics('streams/hr'), ['a'])
  t.same(hub.topics('nosuch'), [])
  const { path } = await serve(t, { events: hub })
  t.match(await rpc(path, 'Event.List', { Topic: 'streams' }), { result: { Nodes: ['hr', 'min', 'sec'] } })
})

t.test('topics are remembered, but not without end', async (t) => {
  const hub = createEventHub()
  for (let index = 0; index < 10_005; index++) hub.publish(event(`t${index}`))
  t.equal(hub.topics('.').length, 10_000)
  t.notOk(hub.topics('.').includes('t4'))
})

t.test('a stream sends its headers at once, then each event', async (t) => {
  const events = createEventHub()
  const { path } = await serve(t, { events })
  const { res, events: got } = await stream(t, path, '/events?topic=instance')
  t.equal(res.headers['content-type'], 'text/event-stream')
  events.publish({ ...event('instance/x'), Data: { a: [1, null], text: 'two\nlines' } })
  events.publish(event('group'))
  events.publish(event('instance', 'last'))
  await waitUntil('two events', () => got().length === 2)
  t.match(got()[0], {
    Topic: 'instance/x',
    Type: 'changed',
    Timestamp: /Z$/,
    Received: /Z$/,
    Data: { a: [1, null], text: 'two\nlines' },
  })
  t.equal(got()[1]?.ID, 'last')
})

t.test('without a topic a stream has every event', async (t) => {
  const events = createEventHub()
  const { path } = await serve(t, { events })
  const { events: got } = await stream(t, path, '/events')
  events.publish(event('a/b'))
  await waitUntil('the event', () => got().length === 1)
})

t.test('a quiet stream has a heartbeat', async (t) => {
  const { path } = await serve(t, { events: createEventHub(), heartbeatMs: 5 })
  const { text } = await stream(t, path, '/events')
  await waitUntil('three beats', () => text().startsWith(':\n\n:\n\n:\n\n'))
})

t.test('a reader that does not read is cut off, others are not', async (t) => {
  const hub = createEventHub({ bufferLimit: 10_000 })
  const { path } = await serve(t, { events: hub })
  let listeners = 0
  const subscribe = hub.subscribe.bind(hub)
  Object.assign(hub, {
    subscribe: (...args: Parameters<typeof subscribe>) => {
      const leave = subscribe(...args)
      listeners++
      return () => {
        listeners--
        leave()
      }
    },
  })
  const slow = await dial(t, path)
  slow.socket.pause()
  slow.socket.write('GET /events HTTP/1.1\r\nHost: a\r\n\r\n')
  const fast = await stream(t, path, '/events')
  await waitUntil('both to listen', () => listeners === 2)
  let sent = 0
  await waitUntil('the cut', async () => {
    for (let index = 0; index < 5; index++, sent++) hub.publish({ ...event('a', String(sent)), Data: 'x'.repeat(1500) })
    await waitUntil('the other to follow', () => fast.events().length === sent)
    return listeners === 1
  })
  t.notOk(fast.closed())
  t.same(
    fast.events().map(({ ID }) => ID),
    Array.from({ length: sent }, (_, index) => String(index)),
  )
})

t.test('a reader that left is forgotten at once', async (t) => {
  const hub = createEventHub()
  const { path } = await serve(t, { events: hub })
  let listening = 0
  const subscribe = hub.subscribe.bind(hub)
  Object.assign(hub, {
    subscribe: (...args: Parameters<typeof subscribe>) => {
      const leave = subscribe(...args)
      listening++
      return () => {
        listening--
        leave()
      }
    },
  })
  const { req } = await stream(t, path, '/events')
  t.equal(listening, 1)
  req.destroy()
  await waitUntil('the reader to be forgotten', () => listening === 0)
})

t.test('many at once come whole and in order, also those from just before the end', async (t) => {
  const hub = createEventHub()
  const { path, server } = await serve(t, { events: hub })
  const { events, closed } = await stream(t, path, '/events?topic=a')
  const ids = Array.from({ length: 500 }, (_, index) => String(index))
  for (const id of ids) hub.publish(event('a', id))
  await waitUntil('all events', () => events().length === ids.length)
  hub.publish(event('a', 'one more'))
  hub.publish(event('a', 'the last'))
  await server.close()
  await waitUntil('the end', closed)
  t.same(
    events().map(({ ID }) => ID),
    [...ids, 'one more', 'the last'],
  )
})

t.test('streams end with the server', async (t) => {
  const { path, server } = await serve(t, { events: createEventHub() })
  const { closed } = await stream(t, path, '/events')
  await server.close()
  await waitUntil('the end', closed)
})

t.test('a server without events has neither the interface nor the stream', async (t) => {
  const { path } = await serve(t, {})
  t.equal((await send(path, { url: '/events', method: 'GET' })).status, 404)
  t.same((await rpc(path, 'Handshake.Hello')).result, { Objects: {} })
})
