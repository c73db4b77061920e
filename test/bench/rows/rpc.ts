import { join } from 'node:path'
import type { PluginClient } from '@infrakit/rpc/client'
import { temporaryFolder, type Teardown } from '@infrakit/testing'
import { callersAtOnce, describeInstances, oneByOne } from '../calls.js'
import { descriptions } from '../descriptions.js'
import { serveIn, startBarePlugin } from '../floor/bare-plugin.js'
import type { Row, Sides } from '../row.js'
import { median } from '../statistics.js'

/** Our server and the bare one, each in a process of its own, with the same answer and behind the same client. */
async function open(t: Teardown, count: number, sample: (client: PluginClient) => Promise<number>): Promise<Sides> {
  const path = join(await temporaryFolder(t), 'ours')
  const ours = await serveIn(t, new URL('../rpc-server.js', import.meta.url), path, String(count))
  const floor = await startBarePlugin(t, { Type: '', Descriptions: descriptions(count) })
  return { ours: () => sample(ours), floor: () => sample(floor) }
}

async function openMany(t: Teardown): Promise<Sides> {
  const sample = (client: PluginClient) => oneByOne(30, describeInstances(client))
  const sides = await open(t, 1000, sample)
  const writing = await startBarePlugin(t, { Type: '', Descriptions: descriptions(1000) }, 'write')
  return { ...sides, reference: () => sample(writing) }
}

const floorIs = 'bare node:http with the same client and the same body as text'

export const rpc: Row = {
  name: 'rpc',
  title: 'RPC, 96 bytes, one caller, p50',
  floorIs,
  unit: 'µs',
  compare: 'ratio',
  figures: [{ of: '', from: median, limit: 1.4, bound: 'at most', aim: 70 }],
  rounds: { full: 25, quick: 3 },
  warmUp: 3,
  open: (t) => open(t, 1, async (client) => 1000 * (await oneByOne(1000, describeInstances(client)))),
}

export const rpcMany: Row = {
  name: 'rpc-1000',
  title: 'RPC, 1000 descriptions, one caller, p50',
  floorIs,
  // The floor is spared what takes most of the time of any server: making text of the answer.
  reference: { of: 'bare node:http that writes the JSON', aim: 1.4 },
  unit: 'ms',
  compare: 'ratio',
  figures: [{ of: '', from: median, limit: 1.4, bound: 'at most' }],
  rounds: { full: 25, quick: 3 },
  warmUp: 3,
  open: openMany,
}

export const rpcThroughput: Row = {
  name: 'rpc-throughput',
  title: 'RPC, 96 bytes, 16 callers',
  floorIs,
  unit: 'requests/s',
  compare: 'ratio',
  figures: [{ of: '', from: median, limit: 0.75, bound: 'at least' }],
  rounds: { full: 25, quick: 3 },
  warmUp: 3,
  open: (t) => open(t, 1, (client) => callersAtOnce(16, 3000, describeInstances(client))),
}
