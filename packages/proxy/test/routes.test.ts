import { temporaryFolder } from '@infrakit/testing'
import type { ProxyRoute } from '@infrakit/spi'
import t from 'tap'
import { openKeptRoutes } from '../src/kept-routes.js'
import { Routes } from '../src/routes.js'
import { createFakeEngine } from './fake-engine.js'

t.test('a route that is still refused is tried once each time, and is live when it is not', async (t) => {
  const dir = await temporaryFolder(t)
  const open = async (engine = createFakeEngine()) => {
    const log = { warn: () => undefined }
    const kept = await openKeptRoutes(dir)
    return { engine, routes: await Routes.open({ engine, kept, log, changed: () => undefined }) }
  }
  const first = await open()
  const Route: ProxyRoute = { Name: 'bad', Owner: 'me', Listen: ':80', Backends: [{ Name: 'blue', Servers: [] }] }
  await first.routes.change('bad', () => ({ Route, Version: 1, Drained: [] }))
  const engine = createFakeEngine()
  engine.refused.add('bad')
  const { routes } = await open(engine)
  for (let at = 0; at < 3; at++) {
    engine.calls.splice(0)
    await routes.retry()
    t.same(engine.calls, [['bad']])
    t.ok(routes.isAside('bad'))
  }
  engine.refused.clear()
  await routes.retry()
  t.notOk(routes.isAside('bad'))
  t.ok(engine.live.has('bad'))
})
