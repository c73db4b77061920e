import t from 'tap'
import { rejection, skipFor, waitUntil } from '@infrakit/testing'
import { needsDocker, ownEngine } from '@infrakit/testing/engine'
import { listContainers } from '../src/containers.js'
import { listenToEvents } from '../src/events.js'
import { createVolume, inspectVolume } from '../src/volumes.js'
import { rejects, testEngine } from './support.js'

const root = process.getuid?.() === 0 ? false : 'needs to be root, to run an engine'
const skip = root || needsDocker.skip || skipFor(['dockerd', 'nsenter', 'ip'])

t.test(
  'an engine that is restarted or killed: calls work again, and everybody is told to look',
  { skip },
  async (t) => {
    const own = await ownEngine(t)
    const engine = await testEngine(t, { kind: 'unix', path: own.path })
    const heard = { looks: 0, lost: 0, created: [] as string[] }
    const stop = new AbortController()
    const over = listenToEvents(
      engine,
      {
        onEvent: ({ action, id }) => void (action === 'create' && heard.created.push(id)),
        onConnected: () => heard.looks++,
        onLost: () => heard.lost++,
      },
      { signal: stop.signal },
    )
    t.teardown(async () => {
      stop.abort()
      await over
    })
    await rejects(t, listContainers(engine), { kind: 'unavailable', hint: /Is the engine running/ }, 'not there yet')
    await own.start()
    await waitUntil('the first look', () => heard.looks === 1)
    t.same(await listContainers(engine), [])
    for (const [n, signal] of (['SIGTERM', 'SIGKILL'] as const).entries()) {
      await createVolume(engine, { name: `before-${signal}` })
      await own.end(signal)
      t.match(await rejection(listContainers(engine)), { kind: 'unavailable' }, `gone by ${signal}`)
      const { lost } = heard
      await waitUntil('attempts', () => heard.lost > lost)
      await own.start()
      await waitUntil('another look', () => heard.looks === n + 2)
      t.match(await inspectVolume(engine, `before-${signal}`), { driver: 'local' }, 'what it had is there')
      await createVolume(engine, { name: `after-${signal}` })
      await waitUntil('an event', () => heard.created.includes(`after-${signal}`))
    }
  },
)
