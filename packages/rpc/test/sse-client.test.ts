import { once } from 'node:events'
import { createServer as createNetServer } from 'node:net'
import type { ServerResponse } from 'node:http'
import { join } from 'node:path'
import { temporaryFolder, waitUntil, type Teardown } from '@infrakit/testing'
import t from 'tap'
import type { Event } from '@infrakit/spi'
import { createClient, type PluginClient } from '../src/client.js'
import { createEventHub } from '../src/index.js'
import { createSseParser } from '../src/sse-parser.js'
import { fake, serve } from './support.js'

const event = { Topic: 'instance/a', Type: 'changed', ID: 'a', Message: 'm' }

function listen(t: Teardown, path: string, options: { heartbeatMs?: number; topic?: string } = {}) {
  const client: PluginClient = createClient({ path }, { heartbeatMs: options.heartbeatMs })
  const controller = new AbortController()
  const events: Event[] = []
  const seen = { connected: 0, lost: 0 }
  t.teardown(() => {
    controller.abort()
    client.close()
  })
  client.subscribe(options.topic ?? 'instance', {
    connected: () => seen.connected++,
    event: (event) => events.push(event),
    lost: () => seen.lost++,
    signal: controller.signal,
  })
  return { client, controller, events, seen }
}

t.test('events come one after the other, from the moment of connection', async (t) => {
  const hub = createEventHub()
  const { path } = await serve(t, { events: hub })
  const { seen, events } = listen(t, path)
  await waitUntil('the connection', () => seen.connected === 1)
  hub.publish({ ...event, Data: { text: 'two\nlines €' } })
  hub.publish({ ...event, Topic: 'group/a' })
  hub.publish({ ...event, ID: 'b' })
  await waitUntil('two events', () => events.length === 2)
  t.match(events, [{ Topic: 'instance/a', ID: 'a', Data: { text: 'two\nlines €' } }, { ID: 'b' }])
})

t.test('a server that comes later, goes and comes back', async (t) => {
  const path = join(await temporaryFolder(t), 'plugin')
  const { seen, events } = listen(t, path)
  for (let round = 1; round <= 3; round++) {
    const hub = createEventHub()
    const { server } = await serve(t, { events: hub }, path)
    await waitUntil(`connection ${round}`, () => seen.connected === round)
    hub.publish({ ...event, ID: String(round) })
    await waitUntil(`event ${round}`, () => events.length === round)
    t.equal(seen.lost, round - 1)
    await server.close()
    await waitUntil('the loss to be told', () => seen.lost === round)
  }
})

t.test('nothing comes after the end, and no connection stays', async (t) => {
  const hub = createEventHub()
  const { path, server } = await serve(t, { events: hub })
  const { seen, events, controller } = listen(t, path)
  await waitUntil('the connection', () => seen.connected === 1)
  controller.abort()
  hub.publish(event)
  await server.close()
  t.same(events, [])
  const other = await serve(t, { events: hub }, path)
  const second = listen(t, path)
  await waitUntil('another one to be connected', () => second.seen.connected === 1)
  await other.server.close()
  t.equal(seen.connected, 1)
})

t.test('closing the client ends its subscriptions', async (t) => {
  const { path, server } = await serve(t, { events: createEventHub() })
  const { seen, client } = listen(t, path)
  await waitUntil('the connection', () => seen.connected === 1)
  client.close()
  await server.close()
})

t.test('a server that sends no headers before its first event', async (t) => {
  const open: ServerResponse[] = []
  const { path } = await fake(t, (_req, res) => open.push(res))
  const { seen, events } = listen(t, path)
  await waitUntil('it to count as connected', () => seen.connected === 1)
  t.equal(open.length, 1)
  t.notOk(open[0]?.headersSent)
  open[0]?.writeHead(200, { 'Content-Type': 'text/event-stream' })
  open[0]?.write(`data: ${JSON.stringify(event)}\n\n`)
  await waitUntil('the event', () => events.length === 1)
  t.equal(seen.connected, 1)
})

t.test('a silent stream is given up, one with heartbeats is not', async (t) => {
  const silent: ServerResponse[] = []
  const dead = await fake(t, (_req, res) => {
    res.writeHead(200)
    res.flushHeaders()
    silent.push(res)
  })
  const alive = await serve(t, { events: createEventHub(), heartbeatMs: 20 })
  const lively = listen(t, alive.path, { heartbeatMs: 200 })
  const { seen } = listen(t, dead.path, { heartbeatMs: 20 })
  await waitUntil('the third connection to the silent one', () => seen.connected === 3)
  t.equal(silent.length, 3)
  t.equal(lively.seen.connected, 1)
})

t.test('a frozen process is given up too', async (t) => {
  const path = join(await temporaryFolder(t), 'frozen')
  let connections = 0
  const server = createNetServer(() => connections++).listen(path)
  await once(server, 'listening')
  t.teardown(() => server.close())
  listen(t, path, { heartbeatMs: 10 })
  await waitUntil('the next try', () => connections > 1)
})

t.test('what is no event makes the subscriber look', async (t) => {
  let connections = 0
  const { path } = await fake(t, (_req, res) => {
    connections++
    res.writeHead(200)
    if (connections === 1) res.write('data: {"half\n\n')
    else res.write(`: comment\nevent: x\ndata: 5\n\ndata: ${JSON.stringify(event)}\r\n\r\n`)
  })
  const { seen, events } = listen(t, path)
  await waitUntil('the event', () => events.length === 1)
  t.equal(seen.connected, 2)
  t.match(events[0], event)
})

t.test('a plugin without events is asked seldom', async (t) => {
  let asked = 0
  const { path } = await fake(t, (_req, res) => {
    asked++
    res.statusCode = 404
    res.end('404 page not found\n')
  })
  const { seen } = listen(t, path)
  const other = await serve(t, { events: createEventHub() })
  await waitUntil('the first try', () => asked === 1)
  // As many retries as another server gets in that time would show.
  for (let round = 0; round < 3; round++) {
    const second = listen(t, other.path)
    await waitUntil('a connection elsewhere', () => second.seen.connected === 1)
    second.controller.abort()
  }
  t.equal(asked, 1)
  t.equal(seen.connected, 0)
})

t.test('streams are taken apart wherever they are cut', async (t) => {
  const text = 'data: a\n\ndata:b\r\n\r\n: comment\n\nid: 5\ndata: c\ndata: d\n\n\n\ndata\n\ndata: €\n\n'
  for (let size = 1; size < text.length; size++) {
    const seen: string[] = []
    const feed = createSseParser((data) => seen.push(data), 100)
    for (let at = 0; at < text.length; at += size) t.ok(feed(text.slice(at, at + size)))
    t.same(seen, ['a', 'b', 'c\nd', '€'])
  }
})

t.test('an event without end is not kept', async (t) => {
  const feed = createSseParser(() => undefined, 1000)
  t.ok(feed(`data: ${'x'.repeat(900)}`))
  t.notOk(feed('x'.repeat(200)))
  const many = createSseParser(() => undefined, 1000)
  t.notOk(many('data: 0123456789\n'.repeat(200)))
})
