import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Deployment, DeploymentDescription, DeploymentSpec } from '@infrakit/spi'
import { waitUntil } from '@infrakit/testing'
import type { Test } from 'tap'
import { startSwitchLoad } from '../load/switch-load.js'
import { figure } from '../soak/soak.js'
import { createDeploymentWorld, type DeploymentWorld, type DeploymentWorldOptions } from './world.js'

/** For a plugin to die or to take over, on a busy machine (ms). */
const patienceMs = 180_000

/** Ways in which a second release can come, each with steps of its own; what is killed takes them up or back. */
const ways = {
  'blue-green': {},
  canary: { Strategy: { Type: 'canary', Steps: ['20%', '50%'], Pause: '300ms' } },
  rolling: { Strategy: { Type: 'rolling' } },
  recreate: { Strategy: { Type: 'recreate' } },
  'a failing test': {
    Tests: { Post: [{ Name: 'never', HTTP: { Path: '/', Contains: 'nothing of that' }, Timeout: '300ms' }] },
  },
} as const satisfies Record<string, Partial<DeploymentSpec>>

export type WayName = keyof typeof ways
export const wayNames = Object.keys(ways) as WayName[]

/** Begins to change the service. */
type Change = (deployment: Deployment) => Promise<{ ID?: string | null }>

export interface KillOptions extends DeploymentWorldOptions {
  /** Moments that are wanted of all that an unbroken run passes. Default all. */
  readonly isWanted?: (moment: string) => boolean
  /** Requests are made meanwhile, none of which may fail. */
  readonly load?: boolean
}

/** The deployment plugin is killed at each write of its journal; afterwards all is as before, or the new release is there. */
export async function killTests(t: Test, way: WayName, options: KillOptions = {}): Promise<void> {
  const { isWanted = () => true } = options
  const world = await createDeploymentWorld(t, options)
  const second = (): DeploymentSpec => world.spec(2, ways[way] as Partial<DeploymentSpec>)
  await world.deploy(world.spec(1))
  const deploySecond = (deployment: Deployment) => deployment.deploy({ Spec: second() })
  const passed = await momentsOf(world, deploySecond)
  const moments = passed.filter(isWanted)
  t.ok(passed.length >= 10 && moments.length > 0, passed.join(' '))
  const load = options.load ? startSwitchLoad(t, { port: world.port, clients: 4 }) : undefined
  const mortal = await startMortal(world)
  const outcomes = { resumed: 0, reverted: 0 }
  for (const moment of moments) {
    const before = await world.snapshot()
    const begun = await mortal.dieAt(moment, deploySecond)
    const last = await over(world)
    const report = last.Deployment
    if (report?.State === 'reverted' || report?.ID !== (begun ?? report?.ID)) {
      outcomes.reverted++
      t.equal(await world.snapshot(), before, `${moment}: as before`)
    } else {
      outcomes.resumed++
      const active = last.Releases.find(({ State }) => State === 'active')
      const live = last.Traffic.filter(({ Share }) => Share > 0)
      t.match(live, [{ Release: active?.Release, Share: 1 }], `${moment}: the new release has all requests`)
      t.equal(last.Instances.filter(({ Health }) => Health === 'healthy').length, 2, 'and is healthy')
    }
    // Whoever stops the old release before it makes the new one has nobody to answer.
    if (load && way !== 'recreate') t.equal(load.failed(), 0, `${moment}: no request failed`)
  }
  await load?.stop()
  const where = options.instances ?? 'process'
  figure(
    `${way}, ${where} instances: killed at each of ${moments.length} writes of the journal`,
    `${outcomes.resumed} after, ${outcomes.reverted} before`,
  )
}

/** The deployment plugin is killed at each write of its journal while it removes the service: it is there, or it is not. */
export async function removalKillTests(t: Test): Promise<void> {
  const world = await createDeploymentWorld(t)
  const nothing = await world.snapshot()
  const remove = (deployment: Deployment) => deployment.remove({ Service: 'shop' })
  await world.deploy(world.spec(1))
  const moments = await momentsOf(world, remove)
  t.ok(moments.length >= 8, moments.join(' '))
  const mortal = await startMortal(world)
  let before = nothing
  for (const moment of moments) {
    if (before === nothing) t.match(await world.deploy(world.spec(1)), { State: 'succeeded' })
    before = await world.snapshot()
    t.not(before, nothing, 'it is there')
    await mortal.dieAt(moment, remove)
    await over(world)
    const after = await world.snapshot()
    const isFirst = moment === moments[0]
    if (after !== (isFirst ? before : nothing)) t.equal(after, nothing, `${moment}: nothing is left`)
    before = after
  }
  t.equal(before, nothing)
}

/** Moments of the journal that an unbroken change passes, each with how often it was passed before. */
async function momentsOf(world: DeploymentWorld, change: Change): Promise<string[]> {
  const file = join(world.home, 'moments')
  await world.kill('deployment')
  await world.startDeployment({ INFRAKIT_FAILPOINT_JOURNAL: file })
  const deployment = await world.deployment()
  await world.ended((await change(deployment)).ID ?? '')
  await world.kill('deployment')
  const passed = (await readFile(file, 'utf8')).split('\n').filter((line) => line.startsWith('journal/'))
  return passed.map((name, at) => `${name}:${passed.slice(0, at + 1).filter((one) => one === name).length}`)
}

/** A deployment plugin that dies where it is told to: each deployment in another process. */
async function startMortal(world: DeploymentWorld) {
  const armed = join(world.home, 'armed')
  const start = () => world.startDeployment({ INFRAKIT_FAILPOINT: `@${armed}` })
  let mortal = await start()
  return {
    /** Answers with the deployment's ID, if it was told before the death; the next process is there then. */
    async dieAt(moment: string, change: Change): Promise<string | null | undefined> {
      await writeFile(armed, moment)
      const deployment = await world.deployment()
      const begun = await change(deployment).catch(() => undefined)
      await waitUntil(`it to die at ${moment}`, () => mortal.child.signalCode === 'SIGKILL', patienceMs)
      mortal = await start()
      return begun?.ID
    },
  }
}

async function over(world: DeploymentWorld): Promise<DeploymentDescription> {
  const deployment = await world.deployment()
  const isOver = async () => {
    const { Description } = await deployment.describe({ Service: 'shop' })
    // Whoever has just started again is told by and by how they are.
    const unsure = Description.Instances.some(({ Health }) => Health !== 'healthy' && Health !== 'stopped')
    return Description.Deployment?.Ended && !unsure ? Description : undefined
  }
  return waitUntil('all to be over', isOver, patienceMs)
}
