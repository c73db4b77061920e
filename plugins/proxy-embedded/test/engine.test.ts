import { settle } from '@infrakit/proxy'
import { rejection } from '@infrakit/testing'
import t from 'tap'
import { startEngine } from '../src/engine/engine.js'
import type { Ask, Asks, Made } from '../src/messages.js'
import { routeTo } from './world.js'

/** Two workers in this process, the second of which can be made to fail. */
function createFakeWorkers() {
  const serving = [new Map<string, string[]>(), new Map<string, string[]>()]
  const fake = { serving, fails: 0 }
  const commit = ({ set, gone }: Asks['commit']['request']) => {
    const made: Made[][] = serving.map((routes, at) => {
      if (at === 1 && fails()) return []
      for (const name of gone) routes.delete(name)
      for (const { name, backends } of set) {
        routes.set(
          name,
          backends.flatMap(({ servers }) => servers.map((one) => one.name)),
        )
      }
      return set.map(({ name }) => ({ route: name, listening: true, serving: routes.get(name) ?? [] }))
    })
    return made
  }
  const fails = () => fake.fails-- > 0
  const workers = {
    pids: [],
    stop: async () => undefined,
    askAll: async <K extends Ask>(ask: K, request: Asks[K]['request']) =>
      (ask === 'commit' ? commit(request as Asks['commit']['request']) : []) as Asks[K]['answer'][],
  }
  return { fake, workers }
}

t.test('a change that not all workers make is taken back in those that have', async (t) => {
  const { fake, workers } = createFakeWorkers()
  const log = { warn: () => undefined, info: () => undefined }
  const engine = await startEngine({ workers: 2, graceMs: 0, log, publish: () => undefined }, async () => workers)
  t.teardown(() => engine.close())
  const server = (Name: string) => ({ Name, Host: '127.0.0.1', Port: 1 })
  const shop = (Name: string) => settle({ Route: routeTo(80, [server(Name)]), Drained: [] })
  const other = settle({ Route: routeTo(80, [server('other')], { Name: 'other', Host: 'other' }), Drained: [] })
  await engine.make([shop('one')], new Set(['shop']))
  fake.fails = 1
  const refused = await rejection(engine.make([shop('two'), other], new Set(['shop', 'other'])))
  t.match(refused, { kind: 'plugin-failed', message: /'shop' is not there/ })
  t.same(
    fake.serving.map((routes) => [...routes]),
    [[['shop', ['one']]], [['shop', ['one']]]],
  )
  await engine.make([shop('two')], new Set(['shop']))
  t.same(fake.serving[1]?.get('shop'), ['two'])
})
