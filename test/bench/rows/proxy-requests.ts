import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort, temporaryFolder, type Teardown } from '@infrakit/testing'
import { startProxy } from '../../load/proxies.js'
import { startFastServer, startHaproxyBefore } from '../floor/bare-haproxy.js'
import type { Row } from '../row.js'
import { median } from '../statistics.js'

const clients = 64

/** The embedded proxy before a server. @returns its port */
async function startBefore(t: Teardown, workers: number, server: number): Promise<number> {
  const plugin = await startProxy(t, 'proxy-embedded', ['--workers', String(workers)])
  const port = await freePort()
  const Backends = [{ Name: 'all', Servers: [{ Name: 'one', Host: '127.0.0.1', Port: server }] }]
  await plugin.call('Proxy.Apply', {
    Route: { Name: 'web', Owner: 'bench', Listen: `127.0.0.1:${port}`, Backends },
  })
  return port
}

interface Asked {
  readonly perSecond: number
  /** The slowest of a hundred (ms). */
  readonly p99: number
}

/** Asks without a pause, or with those of a script. */
async function wrk(port: number, script?: string): Promise<Asked> {
  const pauses = script === undefined ? [] : ['-s', script]
  const args = ['-t1', `-c${clients}`, '-d2s', '--latency', ...pauses, `http://127.0.0.1:${port}/`]
  const { stdout } = await promisify(execFile)('wrk', args)
  const wrong = /Non-2xx or 3xx responses: (\d+)|Socket errors: .*/.exec(stdout)
  if (wrong) throw new Error(`port ${port}: ${wrong[0]}`)
  const [, value, unit] = /99%\s+([\d.]+)(us|ms|s)/.exec(stdout) ?? []
  const factor = { us: 0.001, ms: 1, s: 1000 }[unit ?? ''] ?? NaN
  return { perSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]), p99: Number(value) * factor }
}

function throughput(workers: number, limit: number): Row {
  const many = workers === 1 ? 'one worker' : `${workers} workers`
  return {
    name: workers === 1 ? 'proxy-embedded-rps' : `proxy-embedded-rps-${workers}`,
    title: `requests through proxy-embedded, ${many}, ${clients} connections that are kept`,
    floorIs: 'HAProxy with one thread before the same server',
    needs: ['haproxy', 'wrk'],
    unit: 'requests/s',
    compare: 'ratio',
    figures: [{ of: '', from: median, limit, bound: 'at least' }],
    rounds: { full: 5, quick: 1 },
    warmUp: 1,
    async open(t) {
      const server = await startFastServer(t)
      const [ours, floor] = [await startBefore(t, workers, server), await startHaproxyBefore(t, server)]
      const ask = async (port: number) => (await wrk(port)).perSecond
      return { ours: () => ask(ours), floor: () => ask(floor) }
    },
  }
}

/** Part of what one worker can. */
const calm = 0.3

const slowest: Row = {
  name: 'proxy-embedded-p99',
  title: `a request through proxy-embedded at ${100 * calm}% of what one worker can, p99`,
  floorIs: 'HAProxy at the same rate',
  needs: ['haproxy', 'wrk'],
  unit: 'ms',
  compare: 'ratio',
  figures: [{ of: '', from: median, limit: 4, bound: 'at most' }],
  rounds: { full: 7, quick: 1 },
  warmUp: 1,
  async open(t) {
    const server = await startFastServer(t)
    const [ours, floor] = [await startBefore(t, 1, server), await startHaproxyBefore(t, server)]
    const script = join(await temporaryFolder(t), 'pauses.lua')
    // Each connection rests as long on average as makes that rate of all.
    const rest = Math.round((1000 * clients) / (calm * (await wrk(ours)).perSecond))
    await writeFile(script, `function delay() return math.random(0, ${2 * rest}) end\n`)
    const ask = async (port: number) => (await wrk(port, script)).p99
    return { ours: () => ask(ours), floor: () => ask(floor) }
  },
}

export const proxyRequests: readonly Row[] = [throughput(1, 0.28), throughput(2, 0.5), slowest]
