import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { offer } from '@infrakit/rpc'
import { InfrakitError, proxyInterface, type LiveServer, type Proxy, type ProxyRoute } from '@infrakit/spi'
import t from 'tap'
import { createWorld } from '../../support/infrakit.js'

const server: LiveServer = {
  Backend: 'blue',
  Name: 'web-1',
  Host: '::1',
  Port: 80,
  State: 'up',
  Share: 0.5,
  InFlight: 2,
  Requests: 7,
  Answers: { '1xx': 0, '2xx': 6, '3xx': 0, '4xx': 0, '5xx': 1 },
  ConnectErrors: 1,
  AnswerErrors: 2,
  Retries: 0,
}

/** A proxy that remembers what it was asked. */
function fakeProxy() {
  const routes = new Map<string, ProxyRoute>()
  const asked: unknown[] = []
  const live = (Route: ProxyRoute) => ({ Route, Version: 3, Drained: ['web-2'], Servers: [server] })
  const handlers: Proxy = {
    async validate({ Route }) {
      if (Route.Name === 'bad')
        throw new InfrakitError('input', 'Route.Listen: expected a port', { path: 'Route.Listen' })
    },
    async apply(request) {
      asked.push(request)
      const Changed = !routes.has(request.Route.Name)
      routes.set(request.Route.Name, request.Route)
      return { Version: 3, Changed }
    },
    async describe({ Name }) {
      const route = routes.get(Name)
      if (!route) throw new InfrakitError('not-found', `there is no route '${Name}'`)
      return { Route: live(route) }
    },
    async drain(request) {
      asked.push(request)
      return request.Cut ? { InFlight: 0, Cut: 2 } : { InFlight: request.TimeoutSeconds === 1 ? 2 : 0, Cut: 0 }
    },
    async remove(request) {
      asked.push(request)
      routes.delete(request.Name)
    },
    list: async () => ({ Routes: [...routes.values()].map((Route) => ({ Route, Version: 3, Drained: [] })) }),
  }
  return { handlers, asked, routes }
}

const file = `Name: shop
Listen: :80
Host: shop.example
Backends: [{Name: blue, Servers: [{Name: web-1, Host: '::1', Port: 80}]}]
`

t.setTimeout(300_000)

t.test('the verbs of a proxy', async (t) => {
  const world = await createWorld(t)
  const { handlers, asked, routes } = fakeProxy()
  const proxy = (...args: string[]) => world.infrakit(['proxy', ...args])
  await writeFile(join(world.home, 'shop.yml'), file)
  await writeFile(join(world.home, 'two.yml'), `${file}Owner: me\n---\n${file.replace('shop', 'bad')}`)

  t.match(await proxy('ls'), { code: 1, stderr: /no proxy is running/ })
  await world.serve('proxy-a', [offer(proxyInterface, handlers)])

  t.match(await proxy('validate', 'shop.yml'), { code: 0, stdout: 'shop.yml: valid\n' })
  t.match(await proxy('validate', 'two.yml'), { code: 2, stderr: /two\.yml: bad: Route\.Listen: expected a port/ })
  t.match(await proxy('apply', 'shop.yml', '--if-version', '0'), { code: 0, stdout: 'shop: live, version 3\n' })
  t.match(asked.splice(0), [{ Route: { Name: 'shop', Owner: 'cli' }, IfVersion: 0 }])
  t.match(await proxy('apply', 'shop.yml'), { code: 0, stdout: 'shop: unchanged, version 3\n' })
  t.match(await proxy('apply', 'two.yml', '--if-version', '1'), { code: 2, stderr: /holds 2 routes/ })
  t.match(await proxy('apply', 'two.yml', '--json'), { code: 0 })
  t.match(asked.splice(0), [{}, { Route: { Owner: 'me' } }, { Route: { Name: 'bad', Owner: 'cli' } }])
  routes.delete('bad')

  const { stdout } = await proxy('ls')
  t.match(stdout.split('\n')[0], /^ROUTE +BACKEND +SERVER +ADDRESS +STATE +SHARE +IN FLIGHT +REQUESTS +5XX +ERRORS$/)
  t.match(stdout.split('\n')[1], /^shop +blue +web-1 +\[::1\]:80 +up +50\.0% +2 +7 +1 +3$/)
  t.match(JSON.parse((await proxy('ls', '--json')).stdout), [{ Route: { Name: 'shop' }, Servers: [{ Name: 'web-1' }] }])
  t.match(await proxy('describe', 'shop'), {
    code: 0,
    stdout: /^Route shop of me, version 3\nTakes shop\.example\/ at :80\nDrained by hand: web-2\n/,
  })
  t.match(await proxy('describe', 'none'), { code: 1, stderr: /there is no route 'none'/ })

  t.match(await proxy('drain', 'shop', 'web-1'), { code: 0, stdout: 'web-1: drained\n' })
  t.match(await proxy('drain', 'shop', 'web-1', '--timeout', '1s'), { code: 1, stdout: 'web-1: 2 still in flight\n' })
  t.match(await proxy('drain', 'shop', 'web-1', '--timeout', '1s', '--cut'), {
    code: 0,
    stdout: 'web-1: drained, 2 cut\n',
  })
  t.match(await proxy('drain', 'shop', 'web-1', '--undo'), { code: 0, stdout: 'web-1: gets requests again\n' })
  t.match(await proxy('drain', 'shop', 'web-1', '--timeout', 'soon'), { code: 2, stderr: /--timeout/ })
  t.match(asked.splice(0), [{ Owner: 'me', TimeoutSeconds: 30 }, {}, { Cut: true }, { Undo: true }])

  t.match(await world.infrakit(['completion', 'bash']), { code: 0 })
  t.match(await proxy('remove', 'shop', '--owner', 'me'), { code: 0, stdout: 'Removed shop\n' })
  t.match(asked.splice(0), [{ Name: 'shop', Owner: 'me' }])

  await world.serve('proxy-b', [offer(proxyInterface, handlers)])
  t.match(await proxy('ls'), { code: 2, stderr: /which proxy\? proxy-a and proxy-b are running[\s\S]*--name/ })
  t.match(await proxy('--name', 'proxy-b', 'ls'), { code: 0 })
})
