import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Event } from '@infrakit/spi'
import { createClient, type PluginClient } from '@infrakit/rpc/client'
import { temporaryFolder, temporaryPlugin, type Teardown } from '@infrakit/testing'
import { ownConsul } from '@infrakit/testing/consul'
import { oneByOne } from '../calls.js'
import { createBareConsul, type BareConsul } from '../floor/bare-consul.js'
import { serveIn } from '../floor/bare-plugin.js'
import type { Row, Sides } from '../row.js'
import { median } from '../statistics.js'
import { stopwatch } from '../stopwatch.js'

const plugin = fileURLToPath(
  new URL('../../../../plugins/registry-consul/bin/infrakit-registry-consul.js', import.meta.url),
)
/** So many in one sample. */
const puts = 100
const notices = 20

/** One server with its data on the disk, and the plugin before it. */
async function openConsul(t: Teardown): Promise<{ address: string; client: PluginClient; bare: BareConsul }> {
  const [{ address }] = await ownConsul(t)
  const { socket } = await temporaryPlugin(t, plugin, { args: ['--address', address] })
  const client = createClient({ path: socket })
  t.teardown(() => client.close())
  return { address, client, bare: createBareConsul(address) }
}

async function openPut(t: Teardown): Promise<Sides> {
  const { address, client, bare } = await openConsul(t)
  const path = join(await temporaryFolder(t), 'relay')
  const relay = await serveIn(t, new URL('../floor/consul-relay.js', import.meta.url), path, address)
  let count = 0
  const through = (one: PluginClient) => () =>
    oneByOne(puts, () => one.call('Registry.Put', { Key: 'bench', Value: `value ${++count}` }))
  return {
    ours: through(client),
    reference: through(relay),
    floor: () => oneByOne(puts, () => bare.put('floor/bench', `value ${++count}`)),
  }
}

async function openWatch(t: Teardown): Promise<Sides> {
  const { client, bare } = await openConsul(t)
  const ended = new AbortController()
  t.teardown(() => ended.abort())
  let hear: (event: Event) => void = () => undefined
  await new Promise<void>((connected) => {
    client.subscribe('registry/keys', { connected, event: (event) => hear(event), signal: ended.signal })
  })
  let count = 0

  async function heard(): Promise<number> {
    await new Promise((resolve) => setTimeout(resolve, 20))
    const event = new Promise<Event>((resolve) => (hear = resolve))
    const elapsed = stopwatch()
    const written = bare.put('infrakit/keys/bench', `value ${++count}`)
    await event
    const took = elapsed()
    await written
    return took
  }

  const several = async (sample: () => Promise<number>) => {
    const took: number[] = []
    for (let at = 0; at < notices; at++) took.push(await sample())
    return median(took)
  }
  return {
    ours: () => several(heard),
    floor: () => several(() => bare.notice('floor/', 'floor/bench', `value ${++count}`)),
  }
}

const common = { needs: ['consul'], unit: 'ms', compare: 'ratio', warmUp: 2 } as const

export const consulPut: Row = {
  ...common,
  name: 'consul-put',
  title: 'put a key into registry-consul, one caller, p50',
  floorIs: 'a bare HTTP put to the same Consul, which keeps its data on the disk',
  // The floor has no process between the caller and Consul, which costs more than all that we do there.
  reference: { of: 'a process of bare node:http that makes a transaction of a call', aim: 1.3 },
  figures: [{ of: '', from: median, limit: 1.3, bound: 'at most' }],
  rounds: { full: 15, quick: 2 },
  open: openPut,
}

export const consulWatch: Row = {
  ...common,
  name: 'consul-watch',
  title: 'from a bare put to the event of registry-consul at a watcher, p50',
  floorIs: 'a bare blocking query for the prefix of the key',
  figures: [{ of: '', from: median, limit: 1.5, bound: 'at most' }],
  rounds: { full: 15, quick: 2 },
  open: openWatch,
}
