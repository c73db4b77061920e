import type { DeploymentHook, DeploymentReport, DeploymentSpec } from '@infrakit/spi'
import type { Test } from 'tap'
import { served } from './waiting.js'
import { createDeploymentWorld, type DeploymentWorld, type DeploymentWorldOptions } from './world.js'

/** Steps of every kind, in each strategy. */
const ways = {
  'blue-green': { Strategy: { Type: 'blue-green', Pause: '300ms' } },
  canary: { Strategy: { Type: 'canary', Steps: ['50%'], Pause: '300ms', By: 'count' } },
  rolling: { Strategy: { Type: 'rolling' } },
  recreate: { Strategy: { Type: 'recreate' } },
} as const satisfies Record<string, Partial<DeploymentSpec>>

type WayName = keyof typeof ways
export const failingWays = Object.keys(ways) as WayName[]

export interface FailingStepsOptions extends DeploymentWorldOptions {
  /** Steps that are wanted of all that are aborted, and moments of a failing hook (`before switch`). Default all. */
  readonly isWanted?: (moment: string) => boolean
}

function specOf(world: DeploymentWorld, way: WayName, Hooks: DeploymentHook[] = []): DeploymentSpec {
  // Long enough for an abort to come before the step after it.
  const test = (Name: string) => [{ Name, Command: ['sleep', '0.5'] }]
  const Tests = way === 'rolling' ? { Post: test('b') } : { Pre: test('a'), Post: test('b') }
  return world.spec('next', { ...(ways[way] as Partial<DeploymentSpec>), Tests, Hooks })
}

/** A deployment that is aborted as soon as a step begins. */
async function abortedAt(world: DeploymentWorld, step: string, Spec: DeploymentSpec): Promise<DeploymentReport> {
  const deployment = await world.deployment()
  let abort: Promise<unknown> | undefined
  const heard = await world.hear('deployment', 'deployments', ({ Type, Data }) => {
    const { Steps = [] } = (Data ?? {}) as Partial<DeploymentReport>
    if (Type !== 'step' || !Steps.some(({ Name, State }) => Name === step && State === 'running')) return
    // It may be too late: then the release is recorded, and stays.
    abort ??= deployment.abort({ Service: 'shop', Reason: `at ${step}` }).catch(() => undefined)
  })
  const { ID } = await deployment.deploy({ Spec })
  const report = await world.ended(ID)
  await abort
  heard.stop()
  return report
}

/** Every step of a strategy is ended by a person while it goes on, and before and after each a command of the user fails. */
export async function failingStepsTest(t: Test, way: WayName, options: FailingStepsOptions = {}): Promise<void> {
  const { isWanted = () => true } = options
  const world = await createDeploymentWorld(t, options)
  await world.deploy(world.spec('first'))
  const deployment = await world.deployment()
  const steps = async () => (await deployment.plan({ Spec: specOf(world, way) })).Plan.Steps.map(({ Name }) => Name)
  const names = await steps()
  const unrecorded = names.slice(0, names.indexOf('record'))
  t.ok(unrecorded.length >= 2, names.join(' '))
  for (const step of unrecorded.filter(isWanted)) {
    const before = await world.snapshot()
    const report = await abortedAt(world, step, specOf(world, way))
    t.match(report, { State: 'reverted', Failure: { Message: `aborted: at ${step}` } }, `aborted at ${step}`)
    t.equal(await world.snapshot(), before, `aborted at ${step}: all is as before`)
  }
  const fails = { Name: 'fails', Command: ['sh', '-c', 'echo no coffee; exit 9'], ReadOnly: true }
  for (const Step of ['start', 'switch', 'record'] as const) {
    for (const When of ['before', 'after'] as const) {
      if ((Step === 'record' && When === 'after') || !isWanted(`${When} ${Step}`)) continue
      const before = await world.snapshot()
      const report = await world.deploy(specOf(world, way, [{ ...fails, Step, When }]))
      const Failure = { Step: 'hook fails', Message: "hook 'fails' exited with 9", Details: ['no coffee'] }
      t.match(report, { State: 'reverted', Failure }, `a hook ${When} ${Step}`)
      t.equal(await world.snapshot(), before, `a hook ${When} ${Step}: all is as before`)
    }
  }
  const late = (['record', 'retire'] as const).map((Step) => ({
    ...fails,
    Name: `after ${Step}`,
    Step,
    When: 'after' as const,
  }))
  const report = await world.deploy(specOf(world, way, late))
  t.equal(report.State, 'succeeded', 'after the record there is no way back')
  t.match(report.Leftovers, [/after record.* exited with 9/, /after retire.* exited with 9/], 'and what failed is said')
  t.equal(await served(world, 2), report.Release)
}
