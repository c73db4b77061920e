import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createClient, type PluginClient } from '@infrakit/rpc/client'
import { startProcess, temporaryFolder, waitUntil, type Teardown } from '@infrakit/testing'
import { callersAtOnce, oneByOne } from '../calls.js'
import { serveIn } from '../floor/bare-plugin.js'
import type { Row, Sides } from '../row.js'
import { median } from '../statistics.js'
import { stopwatch } from '../stopwatch.js'

const executable = new URL('../../../../plugins/registry-embedded/bin/infrakit-registry-embedded.js', import.meta.url)
const Value = 'x'.repeat(100)

function put(client: PluginClient): () => Promise<unknown> {
  let count = 0
  return () => client.call('Registry.Put', { Key: `bench/${++count % 100}`, Value })
}

/** The registry and the bare one, with their files in one folder. */
async function start(t: Teardown): Promise<{ ours: PluginClient; floor: PluginClient }> {
  const home = await temporaryFolder(t)
  const env = { INFRAKIT_HOME: home, INFRAKIT_PLUGINS_DIR: join(home, 'plugins') }
  const started = startProcess(t, fileURLToPath(executable), [], env)
  await waitUntil('the registry to listen', () => started.output().includes('listening'), 60_000)
  const ours = createClient({ path: join(home, 'plugins/registry-embedded') })
  t.teardown(() => ours.close())
  const script = new URL('../floor/journal-server.js', import.meta.url)
  const floor = await serveIn(t, script, join(home, 'bare'), join(home, 'state', 'registry-embedded', 'journal'))
  return { ours, floor }
}

async function openPut(t: Teardown): Promise<Sides> {
  const { ours, floor } = await start(t)
  const sample = async (client: PluginClient) => 1000 * (await oneByOne(200, put(client)))
  return { ours: () => sample(ours), floor: () => sample(floor) }
}

async function openWriters(t: Teardown): Promise<Sides> {
  const { ours } = await start(t)
  return { ours: () => callersAtOnce(32, 3000, put(ours)), floor: () => callersAtOnce(1, 500, put(ours)) }
}

/** How long it takes from a put until a subscriber hears of it. */
async function hears(t: Teardown, client: PluginClient): Promise<() => Promise<number>> {
  const ending = new AbortController()
  t.teardown(() => ending.abort())
  let heard = () => undefined as void
  await new Promise<void>((connected) => {
    client.subscribe('registry/keys', { connected, event: () => heard(), signal: ending.signal })
  })
  const next = put(client)
  const one = async () => {
    // Events that follow each other closely are gathered, which is not what is asked here.
    await sleep(20)
    const hearing = new Promise<void>((resolve) => (heard = resolve))
    const elapsed = stopwatch()
    const putting = next()
    await hearing
    const took = elapsed()
    await putting
    return took
  }
  return async () => {
    const took: number[] = []
    for (let at = 0; at < 50; at++) took.push(await one())
    return 1000 * median(took)
  }
}

async function openWatch(t: Teardown): Promise<Sides> {
  const { ours, floor } = await start(t)
  return { ours: await hears(t, ours), floor: await hears(t, floor) }
}

const common = { compare: 'ratio', rounds: { full: 25, quick: 3 }, warmUp: 3 } as const

export const registryPut: Row = {
  ...common,
  name: 'registry-put',
  title: 'put into registry-embedded, durable, p50',
  floorIs: 'bare node:http that appends to a file in the same folder and syncs it (fdatasync)',
  unit: 'µs',
  figures: [{ of: '', from: median, limit: 1.5, bound: 'at most' }],
  open: openPut,
}

export const registryWriters: Row = {
  ...common,
  name: 'registry-writers',
  title: '32 writers into registry-embedded, durable',
  floorIs: 'one writer',
  unit: 'requests/s',
  figures: [{ of: '', from: median, limit: 5, bound: 'at least' }],
  open: openWriters,
}

export const registryWatch: Row = {
  ...common,
  name: 'registry-watch',
  title: 'put into registry-embedded until a watcher, who heard nothing for a while, hears of it, p50',
  floorIs: 'the same bare server, which tells of it when it is synced',
  unit: 'µs',
  figures: [{ of: '', from: median, limit: 1.5, bound: 'at most' }],
  open: openWatch,
}
