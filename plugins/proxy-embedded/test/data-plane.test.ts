import { settle } from '@infrakit/proxy'
import { freePort, startWebServer, waitUntil } from '@infrakit/testing'
import { connect } from 'node:net'
import t from 'tap'
import { DataPlane } from '../src/worker/data-plane.js'
import { ask, raw, routeTo } from './world.js'

function open(t: { teardown(fn: () => unknown): unknown }) {
  const plane = new DataPlane({ tell: () => undefined, warn: () => undefined })
  t.teardown(() => plane.stop(0))
  return plane
}

t.test('what comes in between listening and having routes waits for them', async (t) => {
  const [plane, port, web] = [open(t), await freePort(), await startWebServer(t, 'web')]
  const route = settle({ Route: routeTo(port, [web.server]), Drained: [] })
  await plane.prepare([route])
  const early = ask(port)
  const gone = connect(port, '127.0.0.1')
  gone.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
  const upgrade = raw(port, 'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
  await new Promise((resolve) => setTimeout(resolve, 100))
  gone.destroy()
  await plane.commit([route], [])
  t.match(await early, { status: 200, text: 'web' })
  t.notMatch(await upgrade, / 404 /)
  await waitUntil('all to be over', () => plane.look('shop').every(({ InFlight }) => InFlight === 0))
})

t.test('when the routes do not come it is told that there are none', async (t) => {
  const [plane, port, web] = [open(t), await freePort(), await startWebServer(t, 'web')]
  await plane.prepare([settle({ Route: routeTo(port, [web.server]), Drained: [] })])
  const early = ask(port)
  await new Promise((resolve) => setTimeout(resolve, 100))
  plane.abandon()
  t.match(await early, { status: 404 })
})
