import type { LiveServer, ProxyRoute } from '@infrakit/spi'
import { wordsOf, type Answer } from './caller.js'
import { rowOf } from './json.js'
import { eventually, holds } from './outcome.js'
import type { Probe } from './probe.js'
import type { PluginPromise } from './promise.js'
import { withProxyWorld, type Got, type ProxyWorld } from './proxy-world.js'
import type { WebServer } from '../web-server.js'

const conflict = -32002
const input = -32602

type Check = (probe: Probe, world: ProxyWorld) => Promise<void>

function apply({ plugin }: Probe, Route: ProxyRoute, more: object = {}): Promise<Answer> {
  return plugin.call('Proxy.Apply', { Route, ...more })
}

/** What a server was asked for, from one request on. */
function pathsOf({ asked }: WebServer, from: number): string {
  return asked
    .slice(from)
    .map(({ url }) => url)
    .join()
}

/** Throws unless the proxy answers with that server's name. */
function answers(got: Got, server: WebServer): void {
  const is = got.status === 200 && got.body === server.name
  holds(is, `an answer of ${server.name}`, got.status ? `${got.status} ${got.body.slice(0, 100)}` : got.body, got)
}

async function liveServer(probe: Probe, Name: string, server: string): Promise<{ live: LiveServer; answer: Answer }> {
  const answer = await probe.plugin.call('Proxy.Describe', { Name })
  const servers = (rowOf(answer.result.Route).Servers ?? []) as LiveServer[]
  const live = servers.find((one) => one.Name === server)
  holds(live !== undefined, `${server} among the servers of ${Name}`, servers.map((one) => one.Name).join(), answer)
  return { live: live as LiveServer, answer }
}

const checkValidate: Check = async ({ plugin }, world) => {
  const port = await world.port()
  const Route = world.route(port, [await world.server('web-1')])
  const answer = await plugin.call('Proxy.Validate', { Route })
  const list = await plugin.call('Proxy.List', {})
  const found = (list.result.Routes as { Route: ProxyRoute }[]).some((one) => one.Route.Name === Route.Name)
  holds(!found, 'validating to make no route', 'it is listed', answer, list)
  const got = await world.get(port)
  holds(got.status !== 200, 'validating to take no requests', `${got.status}`, answer, got)
}

const checkWrong: Check = async ({ plugin }, world) => {
  const right = world.route(await world.port(), [await world.server('web-1')])
  const expected = 'a wrong route to be refused with -32602 (input)'
  for (const wrong of [{ Listen: 'nowhere' }, { PathPrefix: 'api' }, { Backends: [] }]) {
    for (const method of ['Proxy.Validate', 'Proxy.Apply']) {
      const answer = await plugin.refusal(method, { Route: { ...right, ...wrong } }, expected)
      holds(answer.error?.code === input, expected, wordsOf(answer), answer)
    }
  }
}

const checkLive: Check = async (probe, world) => {
  const [one, port] = [await world.server('web-1'), await world.port()]
  const Route = world.route(port, [one])
  await apply(probe, Route)
  for (let i = 0; i < 5; i++) answers(await world.get(port, { method: i % 2 ? 'POST' : 'GET' }), one)
}

const checkSame: Check = async (probe, world) => {
  const Route = world.route(await world.port(), [await world.server('web-1')])
  const first = await apply(probe, Route)
  const again = await apply(probe, Route)
  holds(first.result.Changed === true, 'the first time to change something', String(first.result.Changed), first)
  const same = again.result.Changed === false && again.result.Version === first.result.Version
  holds(same, 'the same again to change nothing', again.exchange.response, first, again)
}

const checkVersion: Check = async (probe, world) => {
  const [one, two, port] = [await world.server('web-1'), await world.server('web-2'), await world.port()]
  const Route = world.route(port, [one])
  const { result } = await apply(probe, Route, { IfVersion: 0 })
  const other = {
    ...Route,
    Backends: [{ Name: 'blue', Servers: [{ Name: 'web-2', Host: '127.0.0.1', Port: two.port }] }],
  }
  const expected = 'a version that is not that of the route to be a conflict (-32002)'
  for (const IfVersion of [0, Number(result.Version) + 1]) {
    const late = await probe.plugin.refusal('Proxy.Apply', { Route: other, IfVersion }, expected)
    holds(late.error?.code === conflict, expected, wordsOf(late), late)
    answers(await world.get(port), one)
  }
  await apply(probe, other, { IfVersion: result.Version })
  answers(await world.get(port), two)
}

const checkOwner: Check = async (probe, world) => {
  const [one, port] = [await world.server('web-1'), await world.port()]
  const Route = world.route(port, [one])
  await apply(probe, Route)
  const expected = `a foreign owner to get a conflict (-32002) that names ${world.owner}`
  const { Name } = Route
  const foreign: [string, object][] = [
    ['Proxy.Apply', { Route: { ...Route, Owner: 'somebody-else', Balance: 'least_conn' } }],
    ['Proxy.Drain', { Name, Owner: 'somebody-else', Server: 'web-1', TimeoutSeconds: 0 }],
    ['Proxy.Remove', { Name, Owner: 'somebody-else' }],
  ]
  for (const [method, params] of foreign) {
    const refused = await probe.plugin.refusal(method, params, expected)
    const right = refused.error?.code === conflict && String(refused.error.message).includes(world.owner)
    holds(right, expected, wordsOf(refused), refused)
  }
  answers(await world.get(port), one)
}

const checkSwitch: Check = async (probe, world) => {
  const [one, two, port] = [await world.server('web-1'), await world.server('web-2'), await world.port()]
  const Route = world.route(port, [one])
  await apply(probe, Route)
  const held = world.get(port, { path: '/hold', method: 'POST' })
  await eventually(probe.patienceMs, async () => holds(one.held() === 1, 'the request to arrive', 'it has not'))
  await apply(probe, world.route(port, [two], { Name: Route.Name }))
  const before = one.asked.length
  for (let i = 0; i < 5; i++) answers(await world.get(port), two)
  const late = { exchange: { plugin: 'web-1', request: pathsOf(one, before), status: 200, response: '' } }
  holds(one.asked.length === before, 'no more requests at the server that went', pathsOf(one, before), late)
  one.release()
  answers(await held, one)
}

const checkDrain: Check = async (probe, world) => {
  const [one, two, port] = [await world.server('web-1'), await world.server('web-2'), await world.port()]
  const Route = world.route(port, [one, two])
  await apply(probe, Route)
  const held = [1, 2].map(() => world.get(port, { path: '/hold', method: 'POST' }))
  await eventually(probe.patienceMs, async () => holds(one.held() + two.held() === 2, 'two requests', 'fewer'))
  const [busy, other] = one.held() > 0 ? [one, two] : [two, one]
  const drain = { Name: Route.Name, Owner: world.owner, Server: busy.name }
  const early = await probe.plugin.call('Proxy.Drain', { ...drain, TimeoutSeconds: 0.2 })
  holds(early.result.InFlight === busy.held(), `${busy.held()} in flight`, String(early.result.InFlight), early)
  const before = busy.asked.length
  for (let i = 0; i < 5; i++) answers(await world.get(port), other)
  holds(busy.asked.length === before, 'a drained server to get nothing', pathsOf(busy, before), early)
  // Whatever is applied.
  await apply(probe, { ...Route, Balance: 'least_conn' })
  for (let i = 0; i < 5; i++) answers(await world.get(port), other)
  for (const server of [one, two]) server.release()
  await Promise.all(held)
  const done = await probe.plugin.call('Proxy.Drain', { ...drain, TimeoutSeconds: 20 })
  holds(done.result.InFlight === 0, 'nothing in flight', String(done.result.InFlight), done)
  const undone = await probe.plugin.call('Proxy.Drain', { ...drain, Undo: true })
  await eventually(probe.patienceMs, async () => {
    await world.get(port)
    holds(busy.asked.length > before, 'requests again after Undo', 'none', undone)
  })
}

const checkChoice: Check = async (probe, world) => {
  const [shop, api, rest, port] = [
    await world.server('shop'),
    await world.server('api'),
    await world.server('rest'),
    await world.port(),
  ]
  await apply(probe, world.route(port, [shop], { Host: 'shop.example' }))
  await apply(probe, world.route(port, [api], { Host: 'shop.example', PathPrefix: '/api', StripPrefix: true }))
  await apply(probe, world.route(port, [rest], { PathPrefix: '/rest' }))
  const cases: [host: string, path: string, server: WebServer, seen: string][] = [
    ['shop.example', '/', shop, '/'],
    ['SHOP.example:80', '/apis', shop, '/apis'],
    ['shop.example', '/api', api, '/'],
    ['shop.example', '/api/v1?x=1', api, '/v1?x=1'],
    ['other.example', '/rest/of', rest, '/rest/of'],
  ]
  for (const [host, path, server, seen] of cases) {
    const got = await world.get(port, { host, path })
    answers(got, server)
    const { url } = server.asked.at(-1) ?? {}
    holds(url === seen, `the server to get ${seen}`, `${url}`, got)
  }
  const nobodys = await world.get(port, { host: 'other.example' })
  const refused = nobodys.status >= 400 || nobodys.status === 0
  holds(refused, 'no server to get what no route takes', `${nobodys.status} ${nobodys.body}`, nobodys)
}

const checkShares: Check = async (probe, world) => {
  const servers = await Promise.all(['b1', 'b2', 'g1'].map((name) => world.server(name)))
  const port = await world.port()
  const [b1, b2, g1] = servers.map((one) => ({ Name: one.name, Host: '127.0.0.1', Port: one.port }))
  const Backends = [
    { Name: 'blue', Weight: 8, Servers: [b1, { ...b2, Weight: 3 }] },
    { Name: 'green', Weight: 2, Servers: [g1] },
  ] as ProxyRoute['Backends']
  const answer = await apply(probe, world.route(port, [], { Backends }))
  const count = 200
  for (let i = 0; i < count; i++) await world.get(port)
  const wanted = [0.2, 0.6, 0.2]
  servers.forEach((server, at) => {
    const share = server.asked.length / count
    const right = Math.abs(share - (wanted[at] ?? 0)) <= 0.1
    holds(right, `${server.name} to get ${wanted[at]} of the requests`, String(share), answer)
  })
}

const checkLastGood: Check = async (probe, world) => {
  const [one, port] = [await world.server('web-1'), await world.port()]
  const Route = world.route(port, [one])
  await apply(probe, Route)
  const Owner = world.owner
  const { Name } = world.route(port, [])
  // It takes the same requests as the other one.
  const twin = await probe.plugin.refusal('Proxy.Apply', { Route: { ...Route, Name } }, 'its twin to be refused')
  const list = await probe.plugin.call('Proxy.List', {})
  const routes = (list.result.Routes as { Route: ProxyRoute }[]).filter((each) => each.Route.Owner === Owner)
  holds(routes.length === 1, 'what was refused not to be listed', `${routes.length} routes`, twin, list)
  for (let i = 0; i < 3; i++) answers(await world.get(port), one)
}

const checkCounters: Check = async (probe, world) => {
  const [one, port] = [await world.server('web-1'), await world.port()]
  const Route = world.route(port, [one])
  await apply(probe, Route)
  const before = await liveServer(probe, Route.Name, 'web-1')
  for (let i = 0; i < 7; i++) answers(await world.get(port), one)
  await eventually(probe.patienceMs, async () => {
    const { live, answer } = await liveServer(probe, Route.Name, 'web-1')
    const more = [live.Requests - before.live.Requests, live.Answers['2xx'] - before.live.Answers['2xx']]
    holds(
      more.every((count) => count === 7),
      '7 requests and 7 answers 2xx',
      more.join(' and '),
      answer,
    )
    const right = live.State === 'up' && live.InFlight === 0 && Math.abs(live.Share - 1) < 0.01
    holds(right, 'State up, InFlight 0, Share 1', `${live.State}, ${live.InFlight}, ${live.Share}`, answer)
  })
}

const checkRemove: Check = async (probe, world) => {
  const [one, port] = [await world.server('web-1'), await world.port()]
  const Route = world.route(port, [one])
  await apply(probe, Route)
  const { Name } = Route
  const removed = await probe.plugin.call('Proxy.Remove', { Name, Owner: world.owner })
  const got = await world.get(port)
  holds(got.status !== 200, 'a removed route to take no requests', `${got.status} ${got.body}`, removed, got)
  await probe.plugin.call('Proxy.Remove', { Name, Owner: world.owner })
  const gone = await probe.plugin.refusal('Proxy.Describe', { Name }, 'describing it to be refused as not-found')
  holds(gone.error?.code === -32001, 'describing it to be refused as not-found (-32001)', wordsOf(gone), gone)
}

const promises: readonly [name: string, why: string, check: Check][] = [
  ['validating a route makes nothing', 'Who asks whether it could be does not want it to be.', checkValidate],
  [
    'a wrong route is refused with an error of the kind input',
    'After other errors a deployment would try again.',
    checkWrong,
  ],
  ['a route takes requests when apply answers', 'What was there before is stopped then.', checkLive],
  ['applying the same again changes nothing', 'Routes are applied again and again, by machines.', checkSame],
  [
    'a route is changed only at the version that is asked for',
    'Two who change it at the same time would undo each other.',
    checkVersion,
  ],
  ['only its owner changes a route, and others are told who that is', 'Two deployments would fight.', checkOwner],
  [
    'a server that a route ceases to name gets nothing more, and finishes what it has',
    'It is stopped as soon as nothing is under way there.',
    checkSwitch,
  ],
  [
    'a drained server gets nothing until that is undone, and what it has in flight is told',
    'It is stopped as soon as nothing is in flight.',
    checkDrain,
  ],
  ['host and longest path choose the route', 'Requests would go to the servers of another service.', checkChoice],
  ['backends and servers get their shares', 'A new release is to be tried by few.', checkShares],
  ['what is refused leaves the last good state', 'One bad route would take everybody down.', checkLastGood],
  ['requests and answers of a server are counted', 'By them a new release is judged.', checkCounters],
  ['a removed route takes no more requests; removing it again is no error', 'Its servers are gone.', checkRemove],
]

/** What a proxy promises; tried with real servers and clients on this machine. */
export const proxyPromises: readonly PluginPromise[] = promises.map(([name, why, check]) => ({
  interface: 'Proxy',
  name,
  why,
  check: (probe) => withProxyWorld(probe, (world) => check(probe, world)),
}))
