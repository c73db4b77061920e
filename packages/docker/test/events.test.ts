import t from 'tap'
import { waitUntil, type Teardown } from '@infrakit/testing'
import { createProxy, type Manner, needsDocker, testImage, unique } from '@infrakit/testing/engine'
import { startContainer } from '../src/containers.js'
import type { Engine } from '../src/engine.js'
import { listenToEvents, type EngineEvent, type EventOptions } from '../src/events.js'
import { createVolume, removeVolume } from '../src/volumes.js'
import { testContainer, testEngine } from './support.js'

const socket = '/var/run/docker.sock'

/** Listens until the test is over, and keeps what it is told. */
function listen(t: Teardown, engine: Engine, options: Partial<EventOptions> = {}) {
  const stop = new AbortController()
  const heard = { events: [] as EngineEvent[], connected: 0, lost: [] as string[] }
  const over = listenToEvents(
    engine,
    {
      onEvent: (event) => heard.events.push(event),
      onConnected: () => heard.connected++,
      onLost: (error, attempt) => heard.lost.push(`${attempt} ${error.kind}: ${error.message}`),
    },
    { signal: stop.signal, ...options },
  )
  t.teardown(async () => {
    stop.abort()
    await over
  })
  return Object.assign(heard, { over, stop })
}

t.test('what happens to containers with a label is told', needsDocker, async (t) => {
  const engine = await testEngine(t)
  const label = unique('label')
  const heard = listen(t, engine, { labels: { [label]: undefined }, types: ['container'] })
  await waitUntil('the stream', () => heard.connected === 1)
  const Labels = { [label]: '1' }
  await testContainer(t, testImage('busybox'))
  const { id, name } = await testContainer(t, testImage('busybox'), { Labels, Cmd: ['sh', '-c', 'exit 7'] })
  await startContainer(engine, id)
  await waitUntil('its end', () => heard.events.some(({ action }) => action === 'die'))
  t.match(
    heard.events.filter(({ action }) => /create|start|die/.test(action)),
    [
      { action: 'create' },
      { action: 'start' },
      { type: 'container', action: 'die', id, attributes: { name, exitCode: '7' } },
    ],
  )
  t.ok(
    heard.events.every((event) => event.id === id),
    'nothing of others',
  )
  heard.stop.abort()
  await heard.over
  t.same(heard.lost, [], 'to be told to stop is no loss')
})

const json = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n'
const manners: readonly [what: string, manner: Manner][] = [
  ['cut', 'cut'],
  ['answered with garbage', { say: 'garbage\r\n\r\n' }],
  ['answered with a failure', { say: 'HTTP/1.1 500 Oops\r\n\r\n' }],
  ['filled with what is no event', { say: `${json}{"Type": \n` }],
]
for (const [what, manner] of manners) {
  t.test(`a stream that is ${what} comes back, and everybody looks again`, needsDocker, async (t) => {
    const proxy = await createProxy(t, socket)
    const engine = await testEngine(t, { kind: 'unix', path: proxy.path })
    const name = unique('volume')
    t.teardown(() => removeVolume(engine, name))
    const heard = listen(t, engine, { types: ['volume'] })
    await waitUntil('the stream', () => heard.connected === 1)
    proxy.manner = manner
    proxy.cutAll()
    await waitUntil('two more failures', () => heard.lost.length >= 3)
    t.match(heard.lost[0], /^0 unavailable: cannot listen to events: the Docker engine at .*aborted/)
    t.match(heard.lost[1], /^1 (unavailable|plugin-failed): cannot listen to events: ./)
    const { connected } = heard
    proxy.manner = 'pass'
    await waitUntil('a stream again', () => heard.connected > connected)
    await createVolume(engine, { name })
    await waitUntil('the event', () => heard.events.some(({ id, action }) => id === name && action === 'create'))
  })
}

t.test('a stream that was lost silently is doubted, and had again', needsDocker, async (t) => {
  const proxy = await createProxy(t, socket)
  const engine = await testEngine(t, { kind: 'unix', path: proxy.path })
  const heard = listen(t, engine, { doubtMs: 20 })
  await waitUntil('the stream', () => heard.connected === 1)
  // Only what is asked anew is cut: the stream stays open and says nothing.
  proxy.manner = 'cut'
  await waitUntil('the doubt', () => heard.lost.length > 0)
  proxy.manner = 'pass'
  await waitUntil('the stream again', () => heard.connected === 2)
})

t.test('it ends with the engine, and by what a listener throws; no connection is left', needsDocker, async (t) => {
  const proxy = await createProxy(t, socket)
  const engine = await testEngine(t, { kind: 'unix', path: proxy.path })
  const signal = new AbortController().signal
  const throwing = {
    onEvent: () => undefined,
    onConnected: () => {
      throw new Error('a defect')
    },
  }
  await t.rejects(listenToEvents(engine, throwing, { signal }), { message: 'a defect' })
  const heard = listen(t, engine)
  await waitUntil('the stream', () => heard.connected === 1)
  engine.close()
  await heard.over
  await waitUntil('no connection', () => proxy.open === 0)
  await listen(t, engine).over
})
