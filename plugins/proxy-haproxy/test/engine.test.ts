import { join } from 'node:path'
import { createAddresses, settle } from '@infrakit/proxy'
import { freePort, rejection, startWebServer, temporaryFolder, waitUntil } from '@infrakit/testing'
import t from 'tap'
import { openConfiguration } from '../src/configuration.js'
import { HaproxyEngine } from '../src/engine.js'
import { layOut } from '../src/layout.js'
import { addressing } from '../src/minder.js'
import { ownHaproxy } from '../src/own-haproxy.js'
import { get } from './servers.js'
import { haproxyProgram, killHaproxy, needsHaproxy, processesOf, route, server } from './support.js'

t.test('a reload after which HAProxy is not what it should be is taken back', needsHaproxy, async (t) => {
  const [one, two, port] = [await startWebServer(t, 'web-1'), await startWebServer(t, 'web-2'), await freePort()]
  const home = await temporaryFolder(t)
  const [dir, program] = [join(home, 'haproxy'), haproxyProgram()]
  t.teardown(() => killHaproxy(home))
  const layout = layOut(dir)
  const configuration = await openConfiguration({ layout, program, others: [] })
  const own = await ownHaproxy({ dir, layout, program, others: [] })
  let dies = false
  const haproxy = {
    ...own,
    async reload() {
      await own.reload()
      if (!dies) return
      killHaproxy(home)
      await waitUntil('it to be gone', () => processesOf(home).length === 0)
    },
  }
  const log = { warn: () => undefined }
  const addresses = createAddresses()
  const engine = new HaproxyEngine({ haproxy, layout, descriptors: undefined, configuration, addresses, log })
  const settled = (name: string, to: typeof one) =>
    settle({ Route: route(port, [server(to)], { Name: name, Host: name }), Drained: [] })
  await engine.make([settled('a', one)], new Set(['a']))
  dies = true
  const both = [settled('a', two), settled('b', two)]
  t.match(await rejection(engine.make(both, new Set(['a', 'b']))), { kind: 'unavailable' })
  await engine.revive()
  t.equal(await get(port, { host: 'a' }), '200 web-1')
  t.match(await get(port, { host: 'b' }), /^404/)
})

t.test('another address that could not be taken over is tried again', async (t) => {
  const names = new Map([['web.example', '10.0.0.1']])
  const addresses = createAddresses(async (host) => [names.get(host) ?? ''])
  await addresses.learn(['web.example'])
  const asked: string[][] = []
  let away = true
  const slot = (Address: string) => ({
    Backend: 'blue',
    Name: 'web',
    Host: 'web.example',
    Port: 80,
    Address,
    Weight: 1,
    Drained: false,
    Leaving: false,
  })
  const settled = settle({ Route: route(80, []), Drained: [] })
  const engine = {
    routes: new Map([['shop', { route: settled, slots: [slot('10.0.0.1'), null] }]]),
    async readdress(hosts: ReadonlySet<string>) {
      asked.push([...hosts])
      if (away) throw new Error('HAProxy does not answer')
      engine.routes.set('shop', { route: settled, slots: [slot('10.0.0.2'), null] })
    },
  }
  const chore = addressing({ engine, addresses })
  await chore.run()
  t.same(asked, [])
  names.set('web.example', '10.0.0.2')
  await t.rejects(chore.run())
  away = false
  await chore.run()
  await chore.run()
  t.same(asked, [['web.example'], ['web.example']])
})
