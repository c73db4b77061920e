import fc from 'fast-check'
import t from 'tap'
import { plan } from '../src/plan.js'
import type { Condition, Desired } from '../src/situation.js'
import { simulate, type Disturbance, type Planner, type SimulationOptions } from './plan-simulation.js'

const condition = fc.constantFrom<Condition>(
  'healthy',
  'healthy',
  'healthy',
  'starting',
  'unknown',
  'unhealthy',
  'failed',
  'stopped',
)

const disturbance: fc.Arbitrary<Disturbance> = fc.oneof(
  fc.record({ kind: fc.constantFrom('lose', 'sicken', 'doubt', 'kill', 'stop'), pick: fc.nat(20) }),
  fc.record({ kind: fc.constant('resize' as const), size: fc.nat(8) }),
  fc.constant<Disturbance>({ kind: 'commit' }),
  { weight: 4, arbitrary: fc.constant<Disturbance>({ kind: 'nothing' }) },
)

const desired: fc.Arbitrary<Desired> = fc
  .record({ size: fc.nat(8), maxSurge: fc.nat(3), maxUnavailable: fc.nat(3), pets: fc.boolean() })
  .filter(({ maxSurge, maxUnavailable, pets }) => maxUnavailable > 0 || (maxSurge > 0 && !pets))
  .map(({ pets, ...limits }) => ({
    ...limits,
    ...(pets ? { logicalIDs: Array.from({ length: limits.size }, (_, i) => `pet-${i}`) } : {}),
    parked: false,
    destroying: false,
    halted: false,
    drain: true,
    provisionNotBefore: 0,
    leavingIDs: [],
  }))

const situation: fc.Arbitrary<SimulationOptions> = fc.record({
  desired,
  start: fc.array(condition, { maxLength: 8 }),
  disturbances: fc.array(disturbance, { maxLength: 40 }),
  chances: fc.array(fc.nat(1000), { minLength: 5, maxLength: 30 }),
})

/** Looks for a situation in which a planner breaks a rule. */
function findViolation(planner: Planner, runs: number) {
  const property = fc.property(situation, (options) => {
    const [first] = simulate(options, planner)
    if (first) throw new Error(`${first.rule} (step ${first.step})`)
  })
  return fc.check(property, { numRuns: runs })
}

t.test('never too many, never too few in service, always ends, and then rests', async (t) => {
  const result = findViolation(plan, 1500)
  t.notOk(result.failed, fc.defaultReportMessage(result) ?? 'no violation found')
})

/** Planners broken on purpose: the rules must catch each of them, or they prove nothing. */
const mutants: Record<string, Planner> = {
  'ignores what is in flight': (d, o, _inFlight, now) => plan(d, o, [], now),
  'forgets maxUnavailable': (d, o, inFlight, now) => plan({ ...d, maxUnavailable: d.size }, o, inFlight, now),
  'surges one too many': (d, o, inFlight, now) => plan({ ...d, maxSurge: d.maxSurge + 1 }, o, inFlight, now),
  'never destroys': (d, o, inFlight, now) => {
    const result = plan(d, o, inFlight, now)
    return { ...result, actions: result.actions.filter((action) => action.kind !== 'destroy') }
  },
  'takes unknown for healthy': (d, o, inFlight, now) => {
    const members = o.members.map((m) => (m.condition === 'starting' ? { ...m, condition: 'healthy' as const } : m))
    return plan(d, { members }, inFlight, now)
  },
  'gives an identity away twice': (d, o, inFlight, now) => {
    const { logicalIDs: pets, ...cattle } = d
    const result = plan(cattle, o, inFlight, now)
    const actions = result.actions.map((a) => (a.kind === 'provision' && pets?.[0] ? { ...a, logicalID: pets[0] } : a))
    return { ...result, actions }
  },
}

for (const [name, mutant] of Object.entries(mutants)) {
  t.test(`control: a planner that ${name} is caught`, async (t) => {
    t.ok(findViolation(mutant, 3000).failed)
  })
}
