import { plan, type Plan } from '../src/plan.js'
import type { Condition, Desired, Member, Operation } from '../src/situation.js'

export type Planner = typeof plan

/** What happens to the group from outside, one event per step. */
export type Disturbance =
  | { readonly kind: 'lose' | 'sicken' | 'doubt' | 'kill' | 'stop'; readonly pick: number }
  | { readonly kind: 'resize'; readonly size: number }
  | { readonly kind: 'commit' }
  | { readonly kind: 'nothing' }

interface Instance {
  readonly id: string
  readonly logicalID?: string
  readonly key?: string
  version: number
  condition: Condition
  /** Steps until a starting one is healthy. */
  warming: number
  bornAt: number
}

interface InFlight extends Operation {
  /** Steps until it takes effect, and until it is known to have. */
  effect: number
  answer: number
  fails: boolean
}

export interface Violation {
  readonly step: number
  readonly rule: string
}

export interface SimulationOptions {
  readonly desired: Desired
  readonly start: readonly Condition[]
  readonly disturbances: readonly Disturbance[]
  /** Numbers that decide how long operations take and whether they fail; used round and round. */
  readonly chances: readonly number[]
}

/** How many calm steps a group may take to converge. Generous: every operation takes at most six. */
const calmSteps = 600

/**
 * Plays a group step by step against a planner: operations take time, answers come late, some fail, instances get lost,
 * sick or unknown. Observations are taken before answers are known, as they are in reality.
 */
export function simulate(options: SimulationOptions, planner: Planner = plan): Violation[] {
  const world = new World(options, planner)
  for (const disturbance of options.disturbances) world.step(disturbance)
  world.calm = true
  for (let i = 0; i < calmSteps && !world.converged; i++) world.step({ kind: 'nothing' })
  if (!world.converged) world.violated('converges once nothing disturbs it')
  const actions = world.planNow().actions
  if (world.converged && actions.length > 0) world.violated('a second plan is empty')
  return world.violations
}

class World {
  readonly violations: Violation[] = []
  converged = false
  /** From now on nothing fails, and whoever was doubted can be judged. */
  calm = false
  #instances: Instance[]
  #inFlight: InFlight[] = []
  #desired: Desired
  #version = 1
  #step = 0
  #ids = 0
  #draws = 0

  constructor(
    private readonly options: SimulationOptions,
    private readonly planner: Planner,
  ) {
    this.#desired = options.desired
    this.#instances = options.start.map((condition, i) => {
      const logicalID = options.desired.logicalIDs?.[i]
      const identity = logicalID === undefined ? {} : { logicalID }
      return { id: `i${this.#ids++}`, ...identity, version: i % 2, condition, warming: 2, bornAt: 0 }
    })
  }

  violated(rule: string): void {
    this.violations.push({ step: this.#step, rule })
  }

  planNow(): Plan {
    const members: Member[] = this.#instances.map(({ version, warming: _warming, ...seen }) => {
      return { ...seen, current: version === this.#version }
    })
    const leaving = new Set(this.#inFlight.filter((o) => o.kind === 'destroy').map((o) => o.instance))
    const leavingIDs = this.#instances.flatMap((i) =>
      leaving.has(i.id) && i.logicalID !== undefined ? [i.logicalID] : [],
    )
    return this.planner({ ...this.#desired, leavingIDs }, { members }, this.#inFlight, this.#step)
  }

  step(disturbance: Disturbance): void {
    this.#step++
    this.#disturb(disturbance)
    const planned = this.planNow()
    this.converged = planned.converged
    for (const action of planned.actions) {
      if (action.kind === 'wait') continue
      if (action.kind === 'destroy') this.#checkDestroy(action.instance)
      const operation =
        action.kind === 'provision'
          ? { key: `k${this.#ids++}`, ...logical(action.logicalID) }
          : { instance: action.instance }
      const effect = 1 + this.#draw(4)
      this.#inFlight.push({
        kind: action.kind,
        ...operation,
        effect,
        answer: effect + this.#draw(2),
        fails: !this.calm && this.#draw(10) === 0,
      })
    }
    this.#checkCount()
    this.#advance()
  }

  #draw(below: number): number {
    const chance = this.options.chances[this.#draws++ % this.options.chances.length] ?? 0
    return chance % below
  }

  #disturb(disturbance: Disturbance): void {
    if (disturbance.kind === 'nothing') return
    if (disturbance.kind === 'commit') this.#version++
    else if (disturbance.kind === 'resize') {
      if (!this.#desired.logicalIDs) this.#desired = { ...this.#desired, size: disturbance.size }
    } else {
      const victim = this.#instances[disturbance.pick % Math.max(1, this.#instances.length)]
      if (!victim) return
      if (disturbance.kind === 'lose') this.#instances = this.#instances.filter((i) => i !== victim)
      else
        victim.condition = ({ sicken: 'unhealthy', doubt: 'unknown', kill: 'failed', stop: 'stopped' } as const)[
          disturbance.kind
        ]
    }
  }

  /** Taking one that serves must leave enough that are known to serve, unless there are more than wanted. */
  #checkDestroy(id: string): void {
    const { size, maxUnavailable } = this.#desired
    const leaving = new Set(this.#inFlight.filter((o) => o.kind === 'destroy').map((o) => o.instance))
    const staying = this.#instances.filter((i) => i.id !== id && !leaving.has(i.id))
    const victim = this.#instances.find((i) => i.id === id)
    if (victim?.condition !== 'healthy') return
    const serving = staying.filter((i) => i.condition === 'healthy' || i.condition === 'unknown').length
    if (serving < size - maxUnavailable) this.violated('never takes a serving one below size - maxUnavailable')
  }

  #checkCount(): void {
    const coming = this.#inFlight.filter((o) => o.kind === 'provision' && o.effect > 0).length
    const provisioned = this.#inFlight.some((o) => o.kind === 'provision')
    if (provisioned && this.#instances.length + coming > this.#most()) this.violated('never above size + maxSurge')
    const held = this.#instances.flatMap((i) => i.logicalID ?? [])
    if (new Set(held).size < held.length) this.violated('no identity is held twice')
  }

  /** A group that was just made smaller may hold more than it should; it must not make any. */
  #most(): number {
    return this.#desired.size + this.#desired.maxSurge + this.#excess
  }

  get #excess(): number {
    const wanted = Math.max(
      ...this.options.disturbances.map((d) => (d.kind === 'resize' ? d.size : 0)),
      this.options.desired.size,
    )
    return Math.max(wanted, this.options.start.length) - this.#desired.size
  }

  #advance(): void {
    for (const operation of this.#inFlight) {
      if (--operation.effect === 0 && !operation.fails) this.#effect(operation)
      operation.answer--
    }
    // An operation leaves the books only with an observation that began after its answer.
    this.#inFlight = this.#inFlight.filter((operation) => operation.answer >= 0)
    for (const instance of this.#instances) {
      if (instance.condition === 'unknown' && (this.calm || this.#draw(3) === 0)) instance.condition = 'healthy'
      if (instance.condition === 'starting' && --instance.warming <= 0) instance.condition = 'healthy'
    }
  }

  #effect({ kind, instance: id, logicalID, key }: InFlight): void {
    if (kind === 'provision') {
      const fresh = { id: `i${this.#ids++}`, version: this.#version, condition: 'starting' as const, warming: 2 }
      this.#instances.push({
        ...fresh,
        ...logical(logicalID),
        ...(key === undefined ? {} : { key }),
        bornAt: this.#step,
      })
    } else if (kind === 'destroy') this.#instances = this.#instances.filter((i) => i.id !== id)
    else if (kind === 'start') {
      const started = this.#instances.find((i) => i.id === id)
      if (started) Object.assign(started, { condition: 'starting', warming: 2 })
    }
  }
}

function logical(logicalID: string | undefined): { logicalID?: string } {
  return logicalID === undefined ? {} : { logicalID }
}
