import fc from 'fast-check'
import type { Condition, Desired } from '../../src/situation.js'
import { identitiesOf, type Disturbance, type Mishap } from './disturbances.js'
import type { SimulationOptions } from './simulation.js'
import type { Starter } from './world.js'

const condition = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Condition>('healthy') },
  { weight: 6, arbitrary: fc.constantFrom<Condition>('starting', 'unknown', 'sick', 'unhealthy', 'failed', 'stopped') },
)

const starter: fc.Arbitrary<Starter> = fc.record({
  condition,
  outdated: fc.boolean(),
  identity: fc.nat(8),
  adopt: fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, fc.boolean()),
})

const mishap = fc.constantFrom<Mishap>(
  ...(['lose', 'sicken', 'doubt', 'ail', 'kill', 'stop', 'omit', 'unplug', 'double', 'doom'] as const),
)

const limits = fc.record({ maxSurge: fc.nat(3), maxUnavailable: fc.nat(3) })

const disturbance: fc.Arbitrary<Disturbance> = fc.oneof(
  { weight: 8, arbitrary: fc.constant<Disturbance>({ kind: 'nothing' }) },
  { weight: 6, arbitrary: fc.record({ kind: mishap, pick: fc.nat(20) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('resize' as const), size: fc.nat(8) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('pets' as const), bits: fc.nat(31) }) },
  { weight: 1, arbitrary: limits.map((chosen) => ({ kind: 'limits' as const, ...chosen })) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom('parked' as const, 'halted' as const, 'drain' as const),
      on: fc.boolean(),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.constantFrom<Disturbance>({ kind: 'commit' }, { kind: 'plug' }, { kind: 'lag' }, { kind: 'restart' }),
  },
)

const quiet = fc.constantFrom<Disturbance>({ kind: 'nothing' }, { kind: 'lag' })
const omission: fc.Arbitrary<Disturbance> = fc.record({ kind: fc.constant('omit' as const), pick: fc.nat(20) })

const desired: fc.Arbitrary<Desired> = fc
  .record({ size: fc.nat(6), bits: fc.nat(31), pets: fc.boolean(), careless: fc.boolean(), limits })
  .map(({ size, bits, pets, careless, limits: { maxSurge, maxUnavailable } }) => {
    const logicalIDs = identitiesOf(bits)
    const isPets = pets && logicalIDs.length > 0
    return {
      size: isPets ? logicalIDs.length : size,
      ...(isPets ? { logicalIDs } : {}),
      maxSurge,
      maxUnavailable: Math.max(maxSurge > 0 && !isPets ? 0 : 1, maxUnavailable),
      parked: false,
      destroying: false,
      halted: false,
      drain: !careless,
      provisionNotBefore: 0,
      leavingIDs: [],
    }
  })

const chances = fc.array(fc.nat(1000), { minLength: 5, maxLength: 30 })

const destruction = fc.oneof(
  { weight: 5, arbitrary: fc.constant<Disturbance[]>([]) },
  fc.constant<Disturbance[]>([{ kind: 'destroy' }]),
)

/** Any group, and anything that may happen to it. */
export const anySituation: fc.Arbitrary<SimulationOptions> = fc
  .record({
    desired,
    start: fc.array(starter, { maxLength: 8 }),
    disturbances: fc.array(disturbance, { maxLength: 40 }),
    destruction,
    more: fc.array(disturbance, { maxLength: 8 }),
    chances,
  })
  .map(({ disturbances, destruction: end, more, ...situation }) => ({
    ...situation,
    disturbances: [...disturbances, ...end, ...(end.length > 0 ? more : [])],
  }))

/** All serve and are outdated: what an update meets on a good day. */
export const roll: fc.Arbitrary<SimulationOptions> = fc
  .record({ desired, disturbances: fc.array(quiet, { maxLength: 40 }), chances })
  .map((situation) => ({ ...situation, start: serving(situation.desired.size, true) }))

/** All is well, and now and then a listing leaves somebody out. */
export const shortListings: fc.Arbitrary<SimulationOptions> = fc
  .record({ desired, disturbances: fc.array(fc.oneof(quiet, omission), { maxLength: 40 }), chances })
  .map((situation) => ({ ...situation, start: serving(situation.desired.size, false) }))

function serving(size: number, outdated: boolean): Starter[] {
  return Array.from({ length: size }, (_, identity) => ({ condition: 'healthy', outdated, identity, adopt: false }))
}
