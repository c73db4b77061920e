import { isDeepStrictEqual } from 'node:util'
import { plan, type Plan } from '../../src/plan.js'
import type { Desired } from '../../src/situation.js'
import type { Disturbance } from './disturbances.js'
import { broken, type Sight } from './rules.js'
import { World, type Starter } from './world.js'

export type Planner = typeof plan

export interface Violation {
  readonly step: number
  readonly rule: string
}

export interface SimulationOptions {
  readonly desired: Desired
  readonly start: readonly Starter[]
  readonly disturbances: readonly Disturbance[]
  /** Numbers that decide how long operations take and whether they fail; used round and round. */
  readonly chances: readonly number[]
}

/** A rule about what is there, whether the planner could know it or not; answers the rule that is broken. */
export type Truth = (world: World) => string | undefined

/** How many calm steps a group may take to its end. Generous: an operation that hangs takes two dozen. */
const calmSteps = 400
/** A halted group has come to its end when nothing was done for so long. */
const quietSteps = 30

/**
 * Plays a group step by step against a planner, and answers the first rule that it broke. What the planner saw is what
 * it is judged by: nobody can keep a rule about what cannot be seen. Where all can be seen, `truth` judges what is.
 */
export function simulate(options: SimulationOptions, planner: Planner = plan, truth?: Truth): Violation | undefined {
  const { desired, start, disturbances, chances } = options
  const world = new World(desired, start, chances, truth !== undefined)
  const play = (disturbance: Disturbance) => {
    const rule = turn(world, disturbance, planner) ?? truth?.(world)
    return rule === undefined ? undefined : { step: world.now, rule }
  }
  for (const disturbance of disturbances) {
    const violation = play(disturbance)
    if (violation) return violation
  }
  world.calm = true
  const end = reachesEnd(planner)
  for (let i = 0; i < calmSteps; i++) {
    const violation = play({ kind: 'nothing' })
    if (violation) return violation
    if (end(world)) return undefined
  }
  return { step: world.now, rule: 'comes to its end once nothing disturbs it' }
}

/** Whether a group has become what it was to become. */
function reachesEnd(planner: Planner): (world: World) => boolean {
  let quiet = 0
  return (world) => {
    const { desired } = world.sight
    if (desired.destroying) return world.idle && world.instances.length === 0
    const { actions, converged } = planOf(planner, world.sight)
    if (converged) return world.idle
    quiet = world.idle && actions.length === 0 ? quiet + 1 : 0
    // A halted group keeps what serves, outdated or not, and makes good what is lost.
    const complete = world.instances.length === desired.size
    return desired.halted && quiet > quietSteps && complete && world.instances.every((i) => i.condition === 'healthy')
  }
}

/**
 * One step: what is seen is planned for, the plan is judged and begun. Planning again without a new look may add what
 * the first plan made possible, under the same rules, and then rests: nothing is begun twice.
 */
function turn(world: World, disturbance: Disturbance, planner: Planner): string | undefined {
  const first = world.step(disturbance)
  for (let again = 0; again <= first.members.length + first.desired.size; again++) {
    const sight = frozen(again === 0 ? first : world.sight)
    const planned = planOf(planner, sight)
    const [rule] = broken(sight, planned)
    if (rule !== undefined) return rule
    if (again === 0 && !isDeepStrictEqual(planOf(planner, sight), planned)) return 'plans the same again from the same'
    if (planned.actions.every(({ kind }) => kind === 'wait')) return undefined
    world.begin(planned.actions)
  }
  return 'rests once all that it planned has begun'
}

function planOf(planner: Planner, { desired, members, inFlight, now }: Sight): Plan {
  return planner(desired, { members }, inFlight, now)
}

/** Writing to what a planner was given must fail. */
function frozen<T extends object>(value: T): T {
  for (const part of Object.values(value)) if (typeof part === 'object' && part !== null) frozen(part as object)
  return Object.freeze(value)
}
