import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder, type Teardown } from '../folder.js'
import { freePorts } from '../free-port.js'
import { waitUntil } from '../wait.js'
import { ownNetwork, type Place } from './network.js'

export interface OwnConsul {
  /** Of its HTTP interface, also after it was started again. */
  readonly address: string
  /** Of its interface with TLS, if it was given a port for one. */
  readonly secureAddress: string
  readonly node: string
  /** Starts it, or starts it again with the data it had. Resolves once it runs, which is before it has a leader. */
  start(): Promise<void>
  end(signal: NodeJS.Signals): Promise<void>
  /** It does nothing any more, and answers nothing, until it goes on. */
  pause(): void
  goOn(): void
}

/** One that is in a network, as on a machine of its own. */
export interface LinkedConsul extends OwnConsul, Pick<Place, 'cut' | 'cutFromOthers'> {
  /** Undoes what was cut, and has it find the other servers at once. */
  join(): Promise<void>
}

export interface OwnConsulOptions {
  /** How many servers; default 1. */
  readonly servers?: number
  /** More of their configuration, as in a file of Consul. */
  readonly config?: object
  /** Whether it listens with TLS as well; `config` says with which certificate. */
  readonly secure?: boolean
  /** Whether to wait until it can be written to. Default true; with ACLs it is not possible without a token. */
  readonly writable?: boolean
}

/** How long (ms) a cluster may take until it has a leader. Generous: test machines are busy. */
const leaderMs = 60_000
const portsOfEach = 4

/** Resolves once the cluster of an agent has a leader and takes a write. */
export async function untilWritable({ address }: OwnConsul, token = ''): Promise<void> {
  await waitUntil(
    `a leader for ${address}`,
    async () => {
      const options = { method: 'PUT', body: 'x', headers: { 'x-consul-token': token } }
      const answer = await fetch(`${address}/v1/kv/test-is-writable`, { ...options, signal: AbortSignal.timeout(8000) })
      return answer.ok && (await answer.text()).trim() === 'true'
    },
    leaderMs,
  )
}

/** Where a server listens, and how to get there. */
interface Site {
  readonly ip: string
  readonly ports: { readonly http: number; readonly serf: number; readonly rpc: number; readonly https: number }
  readonly enter?: readonly string[]
}

/** Servers of Consul of a test's own, with data on the disk; ended and removed with the test. */
export async function ownConsul(t: Teardown, options: OwnConsulOptions = {}): Promise<[OwnConsul, ...OwnConsul[]]> {
  const { servers = 1 } = options
  const free = await freePorts(servers * portsOfEach)
  const sites = Array.from({ length: servers }, (_, server) => {
    const [http = 0, serf = 0, rpc = 0, https = 0] = free.slice(server * portsOfEach)
    return { ip: '127.0.0.1', ports: { http, serf, rpc, https } }
  })
  const [first, ...others] = await startAll(t, sites, options)
  if (!first) throw new Error('a cluster has a server')
  return [first, ...others]
}

/** Servers as `ownConsul` makes them, each as on a machine of its own that can be cut off. Needs root, `ip` and `nsenter`. */
export async function linkedConsul(t: Teardown, servers: number): Promise<LinkedConsul[]> {
  const places = ownNetwork(t, servers)
  const ports = { http: 8500, serf: 8301, rpc: 8300, https: 8501 }
  const sites = places.map(({ address, enter }) => ({ ip: address, ports, enter }))
  const all = await startAll(t, sites, { servers })
  return all.map((one, at) => {
    const place = places[at] as Place
    const { ip } = sites[at === 0 ? 1 : 0] ?? { ip: '' }
    return {
      ...one,
      cut: () => place.cut(),
      cutFromOthers: () => place.cutFromOthers(),
      async join() {
        place.join()
        const joined = async () => (await fetch(`${one.address}/v1/agent/join/${ip}`, { method: 'PUT' })).ok
        await waitUntil(`${one.node} to join the others`, joined, leaderMs)
      },
    }
  })
}

async function startAll(t: Teardown, sites: readonly Site[], options: OwnConsulOptions): Promise<OwnConsul[]> {
  const { config = {}, secure = false, writable = true } = options
  const peers = sites.map(({ ip, ports }) => `${ip}:${ports.serf}`)

  async function start({ ip, ports, enter = [] }: Site, server: number): Promise<OwnConsul> {
    const { http, serf, rpc, https } = ports
    const node = `server-${server}`
    const given = {
      node_name: node,
      server: true,
      bootstrap_expect: sites.length,
      bind_addr: ip,
      client_addr: ip,
      retry_join: sites.length > 1 ? peers : [],
      retry_interval: '200ms',
      ports: { http, serf_lan: serf, server: rpc, https: secure ? https : -1, serf_wan: -1, dns: -1, grpc: -1 },
      ...config,
    }
    const agent = agentIn(await temporaryFolder(t), given, enter)
    t.teardown(() => agent.end('SIGKILL'))
    await agent.start()
    return { address: `http://${ip}:${http}`, secureAddress: `https://${ip}:${https}`, node, ...agent }
  }

  const all = await Promise.all(sites.map(start))
  if (writable) for (const one of all) await untilWritable(one)
  return all
}

const always = {
  // Five is usual and takes a quarter of a minute to elect a leader; one elects anew whenever the machine is busy.
  performance: { raft_multiplier: 2 },
  leave_on_terminate: false,
  disable_update_check: true,
  log_level: 'WARN',
}

/** @param enter what its command line begins with */
function agentIn(
  folder: string,
  config: object,
  enter: readonly string[],
): Pick<OwnConsul, 'start' | 'end' | 'pause' | 'goOn'> {
  const file = join(folder, 'consul.json')
  writeFileSync(file, JSON.stringify({ ...always, data_dir: join(folder, 'data'), ...config }))
  let agent: ChildProcess | undefined
  let log = ''

  async function start(): Promise<void> {
    // What is entered becomes Consul: the pid is its.
    const [program = '', ...args] = [...enter, 'consul', 'agent', '-config-file', file]
    const started = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    agent = started
    log = ''
    for (const output of [started.stdout, started.stderr]) {
      output.setEncoding('utf8').on('data', (text: string) => (log = (log + text).slice(-4000)))
    }
    await waitUntil(
      'Consul to start',
      () => {
        if (started.exitCode !== null) throw new Error(`it ended: ${log}`)
        return log.includes('Consul agent running!')
      },
      leaderMs,
    )
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    const ending = agent
    agent = undefined
    if (!ending || ending.exitCode !== null || ending.signalCode !== null) return
    const exited = once(ending, 'exit')
    ending.kill(signal)
    // One that is paused is told to end only when it goes on.
    ending.kill('SIGCONT')
    await exited
  }

  return { start, end, pause: () => void agent?.kill('SIGSTOP'), goOn: () => void agent?.kill('SIGCONT') }
}
