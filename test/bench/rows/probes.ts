import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createVanilla } from '@infrakit/flavor-vanilla'
import type { InstanceDescription } from '@infrakit/spi'
import { startProcess, waitUntil, type Teardown } from '@infrakit/testing'
import type { Row } from '../row.js'
import { median } from '../statistics.js'

const size = 500
const seconds = 3

/** Time of the processor (ms) that this process has taken. */
function processor(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

async function startServer(t: Teardown) {
  const script = fileURLToPath(new URL('../floor/answering-server.js', import.meta.url))
  const server = startProcess(t, script)
  const port = Number(await waitUntil('the server to say its port', () => /^\d+/.exec(server.output())?.[0]))
  const count = async () => Number(await (await fetch(`http://127.0.0.1:${port}/count`)).text())
  return { port, count }
}

/** Processor time for as many probes as there are instances: `work` runs until each was probed `seconds` times. */
async function perRound(count: () => Promise<number>, work: () => Promise<void>): Promise<number> {
  const [before, began] = [await count(), processor()]
  await work()
  const [took, made] = [processor() - began, (await count()) - before]
  return (took / made) * size
}

function instances(port: number): InstanceDescription[] {
  const Endpoints = [{ Host: '127.0.0.1', Port: port, ContainerPort: 80, Protocol: 'tcp' }]
  return Array.from({ length: size }, (_, at) => ({ ID: `i-${at}`, Properties: { Endpoints } }))
}

async function oursProbes(port: number, count: () => Promise<number>): Promise<number> {
  const vanilla = createVanilla({ read: async () => '' })
  const Properties = { Health: { HTTP: { Port: 80 }, Interval: '1s', Timeout: '10s' } }
  const all = instances(port)
  await Promise.all(all.map((Instance) => vanilla.healthy({ Properties, Instance })))
  const first = await count()
  const took = await perRound(count, async () => {
    // Asking costs, too: seldom enough not to be seen.
    while ((await count()) - first < seconds * size) await sleep(250)
  })
  for (const Instance of all) await vanilla.drain({ Instance })
  return took
}

/** The same requests at the same rate, each on a connection of its own, its answer read to the end. */
async function floorProbes(port: number, count: () => Promise<number>): Promise<number> {
  const agent = new Agent({ keepAlive: false })
  const get = () => {
    const sent = request({ host: '127.0.0.1', port, path: '/', agent })
    sent.once('response', (response) => response.resume())
    sent.on('error', () => undefined)
    sent.end()
  }
  const first = await count()
  return perRound(count, async () => {
    const timers = Array.from({ length: size }, (_, at) =>
      setTimeout(
        () => {
          get()
          timers.push(setInterval(get, 1000))
        },
        at * (1000 / size),
      ),
    )
    while ((await count()) - first < seconds * size) await sleep(250)
    for (const timer of timers) clearTimeout(timer)
  })
}

export const probes: Row = {
  name: 'probes-500',
  title: 'probe 500 instances over HTTP, processor time',
  floorIs: 'the same GET requests at the same rate from a bare loop, each on a connection of its own',
  unit: 'ms',
  compare: 'ratio',
  figures: [{ of: '', from: median, limit: 1.5, bound: 'at most', aim: 250 }],
  rounds: { full: 5, quick: 1 },
  warmUp: 1,
  async open(t) {
    const { port, count } = await startServer(t)
    return { ours: () => oursProbes(port, count), floor: () => floorProbes(port, count) }
  },
}
