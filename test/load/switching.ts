import { fileURLToPath } from 'node:url'
import { freePort, type StartedProcess, startProcess, type Teardown, waitUntil } from '@infrakit/testing'
import { startProxy, type ProxyName } from './proxies.js'
import { startSwitchLoad, type Clients } from './switch-load.js'

export interface Switching {
  readonly proxy: ProxyName
  readonly requests: number
  readonly switches: number
  readonly clients: number
  /** Without it old servers are killed as soon as the new ones are applied, again and again until a request fails. */
  readonly drain: boolean
}

export interface Switched extends Clients {
  readonly switches: number
  /** What drains said: zero under way. */
  readonly drained: readonly unknown[]
}

const serversEach = 2
/** How many times as many switches are made for a request to fail. */
const most = 10
const script = fileURLToPath(new URL('switch-server.js', import.meta.url))

export interface Release {
  /** All its servers at once. */
  readonly process: StartedProcess
  readonly servers: readonly { Name: string; Host: string; Port: number }[]
}

/** Servers of a release, which listen. */
export async function startRelease(t: Teardown, release: number, count = serversEach): Promise<Release> {
  const process = startProcess(t, script, [], { RELEASE: String(release), PORTS: String(count) })
  const line = await waitUntil('servers to say their ports', () => /^[\d ]+\n/.exec(process.output())?.[0], 60_000)
  const ports = line.trim().split(' ').map(Number)
  return { process, servers: ports.map((Port, at) => ({ Name: `web-${release}-${at}`, Host: '127.0.0.1', Port })) }
}

/** Switches a route from release to release while clients ask; old servers are killed as soon as they are drained. */
export async function switchReleases(t: Teardown, options: Switching): Promise<Switched> {
  const { proxy, requests, clients, drain } = options
  const plugin = await startProxy(t, proxy)
  const port = await freePort()
  const apply = ({ servers }: Release) =>
    plugin.call('Proxy.Apply', {
      Route: {
        Name: 'shop',
        Owner: 'test',
        Listen: `127.0.0.1:${port}`,
        Backends: [{ Name: 'web', Servers: servers }],
      },
    })
  let now = await startRelease(t, 0)
  await apply(now)
  const load = startSwitchLoad(t, { port, clients })
  const drained: unknown[] = []
  let switches = 0
  const isProven = () => drain || load.failed() > 0 || switches >= most * options.switches
  for (; switches < options.switches || !isProven(); switches++) {
    const next = await startRelease(t, switches + 1)
    const due = ((switches + 0.5) / options.switches) * requests
    await waitUntil('requests to be made', () => load.made() >= due, 600_000)
    await apply(next)
    load.expect(switches + 1)
    if (drain) {
      const asked = now.servers.map(({ Name }) => ({ Name: 'shop', Owner: 'test', Server: Name, TimeoutSeconds: 60 }))
      drained.push(...(await Promise.all(asked.map((one) => plugin.call('Proxy.Drain', one)))))
    }
    await now.process.end('SIGKILL')
    now = next
  }
  await waitUntil('all requests to be made', () => load.made() >= requests, 600_000)
  return { ...(await load.stop()), switches, drained }
}
