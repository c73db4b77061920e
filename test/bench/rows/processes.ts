import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { freePort, type Teardown, temporaryFolder } from '@infrakit/testing'
import { createRealWorld, type RealWorld } from '../../environment/real-world.js'
import { spawnServer, untilWell } from '../floor/bare-processes.js'
import { startGroup } from '../real-group.js'
import type { Row, Sides } from '../row.js'
import { median } from '../statistics.js'
import { stopwatch } from '../stopwatch.js'
import { createVictims } from '../victims.js'

const server = fileURLToPath(new URL('../../../images/node-server/server.js', import.meta.url))
const announcing = fileURLToPath(new URL('../floor/announcing-server.js', import.meta.url))

async function startWorld(t: Teardown): Promise<RealWorld> {
  const world = await createRealWorld(t)
  for (const name of ['group', 'flavor-vanilla', 'instance-process'] as const) await world.start(name)
  return world
}

function processes(...Command: [string, ...string[]]) {
  return { Plugin: 'instance-process', Properties: { Command, Ports: [{ Name: 'http' }] } }
}

/** How often (ms) both sides probe. */
const everyMs = 100

async function openScale(t: Teardown): Promise<Sides> {
  const size = 20
  const world = await startWorld(t)
  const Interval = `${everyMs}ms`
  const flavor = { Health: { HTTP: { Path: '/health' }, Interval, StartPeriod: '60s' } }
  const group = await startGroup(world, processes(process.execPath, server), { flavor })

  async function floor(): Promise<number> {
    const ports = await Promise.all(Array.from({ length: size }, freePort))
    const elapsed = stopwatch()
    const children = ports.map((port) => spawnServer(t, [process.execPath, server], port))
    await Promise.all(ports.map((port) => untilWell(port, everyMs)))
    const took = elapsed()
    for (const child of children) {
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
    return took
  }
  return { ours: () => group.scale(size), floor }
}

export const scaleProcesses: Row = {
  name: 'scale-processes',
  title: 'scale 0 → 20 processes until all are healthy, over bare spawn and probe',
  floorIs: `spawn of the same servers all at once, each asked every ${everyMs} ms until it is well`,
  unit: 'ms',
  compare: 'ratio',
  figures: [{ of: '', from: median, limit: 1.3, bound: 'at most' }],
  rounds: { full: 9, quick: 2 },
  warmUp: 1,
  open: openScale,
}

/** Where servers say that they listen. */
async function openEar(t: Teardown) {
  const path = join(await temporaryFolder(t), 'ear')
  let heard = (_pid: number): void => undefined
  const ear = createServer((socket) => {
    socket.on('error', () => undefined)
    createInterface({ input: socket }).on('line', (pid) => heard(Number(pid)))
  }).listen(path)
  await once(ear, 'listening')
  t.teardown(() => void ear.close())
  /** The process that listens next. */
  const next = () => new Promise<number>((resolve) => (heard = resolve))
  return { path, next }
}

async function openHeal(t: Teardown): Promise<Sides> {
  const size = 10
  const [world, ofOurs, ofFloor] = [await startWorld(t), await openEar(t), await openEar(t)]
  const group = await startGroup(world, processes(process.execPath, announcing, ofOurs.path))
  await group.scale(size, 'stay')
  const nextVictim = createVictims(world, group.id, size)
  const respawn = async () => spawnServer(t, [process.execPath, announcing, ofFloor.path], await freePort())
  const first = ofFloor.next()
  let bare = await respawn()
  await first

  async function ours(): Promise<number> {
    const victim = await nextVictim()
    // Nothing happens in step with a timer.
    await sleep(200 + Math.random() * 200)
    const listens = ofOurs.next()
    const elapsed = stopwatch()
    process.kill((victim.Properties as { Pid: number }).Pid, 'SIGKILL')
    await listens
    const took = elapsed()
    await world.settled(group.id, size)
    return took
  }

  async function floor(): Promise<number> {
    const listens = ofFloor.next()
    const elapsed = stopwatch()
    bare.kill('SIGKILL')
    await once(bare, 'exit')
    bare = await respawn()
    await listens
    return elapsed()
  }
  return { ours, floor }
}

export const healProcess: Row = {
  name: 'heal-process',
  title: 'heal a killed process until the other listens, over bare exit and spawn',
  floorIs: "the exit of a child and a spawn; both sides' servers say by themselves that they listen",
  unit: 'ms',
  compare: 'ratio',
  figures: [{ of: 'p50', from: median, limit: 1.5, bound: 'at most' }],
  rounds: { full: 41, quick: 5 },
  warmUp: 2,
  open: openHeal,
}
