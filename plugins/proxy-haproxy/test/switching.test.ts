import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { Agent } from 'node:http'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort, startWebServer, type Teardown, temporaryFolder, waitUntil } from '@infrakit/testing'
import t from 'tap'
import { get } from './servers.js'
import { needsHaproxy, open, route, server } from './support.js'

t.setTimeout(180_000)

const clients = 16
const body = 'x'.repeat(1000)

/** Clients that post without a pause, each on a connection of its own that it keeps; and some that make one each time. */
function startLoad(t: Teardown, port: number) {
  const agent = new Agent({ keepAlive: true, maxSockets: clients })
  const load = { answered: 0, failures: [] as string[] }
  let over = false
  const client = async (kept: boolean) => {
    while (!over) {
      const answer = await get(port, { method: 'POST', body, ...(kept ? { agent } : {}) }).catch(String)
      if (answer.startsWith('200 web-')) load.answered++
      else load.failures.push(answer)
    }
  }
  const all = Array.from({ length: clients }, (_, at) => client(at % 4 !== 0))
  const stop = async () => {
    over = true
    await Promise.all(all)
    agent.destroy()
  }
  t.teardown(stop)
  return { load, stop, more: (count: number) => waitUntilMore(load, count) }
}

function waitUntilMore(load: { answered: number; failures: string[] }, count: number): Promise<unknown> {
  const before = load.answered + load.failures.length
  return waitUntil('more requests', () => load.answered + load.failures.length >= before + count, 60_000)
}

t.test(
  'no request fails while servers are exchanged and killed, with and without a reload',
  needsHaproxy,
  async (t) => {
    const port = await freePort()
    const { proxy } = await open(t)
    const drain = { Name: 'shop', Owner: 'me' }
    let old = await startWebServer(t, 'web-0')
    await proxy.apply({ Route: route(port, [server(old)]) })
    const { load, stop, more } = startLoad(t, port)
    const switches = 12
    for (let i = 1; i <= switches; i++) {
      const next = await startWebServer(t, `web-${i}`)
      // Every third one needs a reload.
      const Timeouts = { Server: `${30 + Math.floor(i / 3)}s` }
      await proxy.apply({ Route: route(port, [server(old), server(next)], { Timeouts }) })
      t.same(await proxy.drain({ ...drain, Server: old.name }), { InFlight: 0, Cut: 0 })
      await old.end()
      await proxy.apply({ Route: route(port, [server(next)], { Timeouts }) })
      await more(60)
      old = next
    }
    await stop()
    t.same(load.failures, [], `${load.answered} requests, ${switches} switches`)
  },
)

t.test('control: with a plain reload and no idle-close-on-response some fail', needsHaproxy, async (t) => {
  const [one, port, dir] = [await startWebServer(t, 'web-0'), await freePort(), await temporaryFolder(t)]
  const file = join(dir, 'haproxy.cfg')
  const plain = `defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
listen web
  bind 127.0.0.1:${port}
  server one 127.0.0.1:${one.port}
`
  writeFileSync(file, plain)
  const child = spawn('haproxy', ['-W', '-f', file], { stdio: 'ignore' })
  const exited = once(child, 'exit')
  t.teardown(async () => {
    child.kill('SIGTERM')
    await exited
  })
  await waitUntil('haproxy', async () => (await get(port)) === '200 web-0')
  const { load, stop, more } = startLoad(t, port)
  for (let i = 0; i < 100 && load.failures.length === 0; i++) {
    child.kill('SIGUSR2')
    await more(150)
  }
  await stop()
  t.ok(load.failures.length > 0, `${load.failures.length} of ${load.answered + load.failures.length} failed`)
})

t.test('control: a server that is killed without a drain takes what it has with it', needsHaproxy, async (t) => {
  const [one, two, port] = [await startWebServer(t, 'web-1'), await startWebServer(t, 'web-2'), await freePort()]
  const { proxy } = await open(t)
  await proxy.apply({ Route: route(port, [server(one)]) })
  const held = get(port, { path: '/hold', method: 'POST', body })
  await waitUntil('a request to be held', () => one.held() === 1)
  await proxy.apply({ Route: route(port, [server(two)]) })
  await one.end()
  t.match(await held, /^502/)
})
