import type { Action } from '../../src/plan.js'
import type { Condition, Desired, Member, Operation } from '../../src/situation.js'
import { conditionAfter, type Disturbance } from './disturbances.js'
import type { Sight } from './rules.js'
import { wish } from './wish.js'

/** One that was there before the first step. */
export interface Starter {
  readonly condition: Condition
  readonly outdated: boolean
  /** Chooses among the identities of the group, if it has some. */
  readonly identity: number
  /** It waits to be labelled. */
  readonly adopt: boolean
}

interface Instance {
  readonly id: string
  readonly logicalID?: string
  readonly key?: string
  readonly version: number
  condition: Condition
  /** Steps until a starting one is healthy. */
  warming: number
  bornAt?: number
  adopt: boolean
  doomed: boolean
  notBefore: number
  /** How often it could not be started. */
  stalled: number
  hidden: boolean
  /** Gone, unseen, while its host could not be reached. */
  ghost: boolean
  /** Left out of listings before this step. */
  omittedUntil: number
  /** Nobody has answered for its health since it was first listed, or listed again. */
  unasked: boolean
}

interface Begun extends Omit<Operation, 'seen'> {
  seen?: boolean
  /** The step in which its outcome is known. */
  readonly answered: number
}

interface Effect {
  readonly at: number
  readonly happen: () => void
}

/** A key whose provision was begun and not yet seen. */
interface Pending {
  readonly key: string
  readonly version: number
  readonly logicalID: string | undefined
}

/**
 * A group's instances as they are, and what a controller knows of them: listings that are late or short, operations that
 * take time, fail, or succeed although they seemed to fail. Keys of unanswered provisions are used again, as promised.
 */
export class World {
  /** From now on nothing fails, everybody can be seen, and whoever was doubted can be judged. */
  calm = false
  now = 0
  #instances: Instance[] = []
  #begun: Begun[] = []
  #effects: Effect[] = []
  #unanswered: Pending[] = []
  #members: Member[] = []
  #version = 1
  #ids = 0
  #draws = 0
  #desired: Desired

  /** @param chances decide how long operations take and whether they fail; used round and round */
  constructor(
    desired: Desired,
    start: readonly Starter[],
    private readonly chances: readonly number[],
    /** What seems to have failed has. */
    private readonly honest = false,
  ) {
    this.#desired = desired
    for (const { condition, outdated, identity, adopt } of start) {
      const ids = desired.logicalIDs
      const logicalID = ids?.[identity % (ids.length + 1)]
      this.#add({ condition, version: outdated && !adopt ? 0 : 1, adopt, warming: 2, ...logical(logicalID) })
    }
    this.#observe()
  }

  get instances(): readonly Readonly<Instance>[] {
    return this.#instances
  }

  /** Nothing is under way any more, known or not. */
  get idle(): boolean {
    return this.#begun.length === 0 && this.#effects.length === 0
  }

  /** Lets a step pass, and answers what can be seen then. */
  step(disturbance: Disturbance): Sight {
    this.now++
    const due = this.#effects.filter(({ at }) => at <= this.now)
    this.#effects = this.#effects.filter(({ at }) => at > this.now)
    for (const { happen } of due) happen()
    this.#heal()
    if (this.calm) this.#disturb({ kind: 'plug' })
    this.#disturb(disturbance)
    if (disturbance.kind !== 'lag') this.#observe()
    return this.sight
  }

  get sight(): Sight {
    const leaving = new Set(this.#begun.filter((o) => o.kind === 'destroy').map((o) => o.instance))
    const leavingIDs = this.#members.flatMap(({ id, logicalID }) =>
      leaving.has(id) && logicalID !== undefined ? [logicalID] : [],
    )
    const inFlight = this.#begun.map(({ answered: _answered, ...operation }) => operation)
    return { desired: { ...this.#desired, leavingIDs }, members: this.#members, inFlight, now: this.now }
  }

  /** Begins what a plan says. */
  begin(actions: readonly Action[]): void {
    for (const action of actions) {
      if (action.kind === 'provision') this.#provision(action.logicalID)
      else if (action.kind !== 'wait') this.#change(action.kind, action.instance)
    }
  }

  #observe(): void {
    // An operation leaves the books only with an observation that began after its answer.
    this.#begun = this.#begun.filter(({ answered }) => answered >= this.now)
    const listed = this.#instances.filter(({ omittedUntil }) => omittedUntil <= this.now)
    this.#members = listed.map(
      ({ id, logicalID, version, condition, bornAt, notBefore, adopt, doomed, hidden, unasked }) => ({
        id,
        unasked,
        current: version === this.#version || adopt,
        condition,
        adopt,
        doomed,
        hidden,
        ...logical(logicalID),
        ...(bornAt === undefined ? {} : { bornAt }),
        ...(notBefore > this.now ? { notBefore } : {}),
      }),
    )
    const seen = new Set(listed.map(({ key }) => key))
    for (const begun of this.#begun) if (begun.key !== undefined && seen.has(begun.key)) begun.seen = true
    this.#unanswered = this.#unanswered.filter(({ key }) => !seen.has(key))
  }

  #provision(logicalID: string | undefined): void {
    const version = this.#version
    const inUse = new Set(this.#begun.map(({ key }) => key))
    const again = this.#unanswered.find((p) => {
      return p.version === version && p.logicalID === logicalID && !inUse.has(p.key)
    })
    const key = again?.key ?? `k${this.#ids++}`
    if (!again) this.#unanswered.push({ key, version, logicalID })
    const { fails, lost, effect, answered } = this.#fate()
    this.#begun.push({ kind: 'provision', key, answered, ...logical(logicalID) })
    if (!fails || lost) {
      this.#after(effect, () => {
        if (this.#instances.some((one) => one.key === key)) return
        this.#add({
          condition: 'starting',
          version,
          warming: 1 + this.#draw(3),
          key,
          bornAt: this.now,
          ...logical(logicalID),
        })
      })
    }
    if (!fails) return
    this.#after(answered, () => {
      this.#desired = { ...this.#desired, provisionNotBefore: this.now + 1 + this.#draw(6) }
      if (!lost) this.#unanswered = this.#unanswered.filter((p) => p.key !== key)
    })
  }

  #change(kind: 'destroy' | 'start' | 'stop' | 'label', id: string): void {
    const { fails, lost, effect, answered } = this.#fate()
    this.#begun.push({ kind, instance: id, answered })
    const change = (work: (instance: Instance) => void) => {
      const instance = this.#instances.find((one) => one.id === id)
      if (instance) work(instance)
    }
    if (!fails || lost) this.#after(effect, () => change((instance) => this.#carryOut(kind, instance)))
    if (fails) this.#after(answered, () => change((instance) => this.#failed(kind, instance)))
  }

  #carryOut(kind: 'destroy' | 'start' | 'stop' | 'label', instance: Instance): void {
    if (kind === 'destroy') this.#instances = this.#instances.filter((one) => one !== instance)
    if (kind === 'stop') instance.condition = 'stopped'
    if (kind === 'label') Object.assign(instance, { adopt: false, version: this.#version })
    if (kind === 'start' && instance.condition === 'stopped') {
      Object.assign(instance, { condition: this.#draw(2) === 0 ? 'starting' : 'unknown', warming: 2 })
    }
  }

  #failed(kind: string, instance: Instance): void {
    instance.notBefore = this.now + 1 + this.#draw(6)
    if (kind === 'start' && ++instance.stalled >= 3 && instance.condition === 'stopped') instance.condition = 'failed'
  }

  /** Decides an operation's outcome. `lost`: it was, or will be, carried out although it seemed to fail. */
  #fate(): { fails: boolean; lost: boolean; effect: number; answered: number } {
    const fails = !this.calm && this.#draw(6) === 0
    const lost = fails && !this.honest && this.#draw(2) === 0
    const effect = this.now + 1 + this.#draw(this.calm ? 3 : 5)
    // Some answer long after they have happened: those hang.
    const hangs = !this.calm && this.#draw(8) === 0 ? 15 : 0
    return { fails, lost, effect, answered: lost ? this.now + 1 + this.#draw(6) : effect + this.#draw(3) + hangs }
  }

  #after(at: number, happen: () => void): void {
    this.#effects.push({ at, happen })
  }

  #add(made: Partial<Instance> & Pick<Instance, 'condition' | 'version' | 'warming'>): void {
    const unharmed = { adopt: false, doomed: false, notBefore: 0, stalled: 0, hidden: false, ghost: false }
    this.#instances.push({ id: `i${this.#ids++}`, ...unharmed, omittedUntil: 0, unasked: false, ...made })
  }

  #draw(below: number): number {
    const chance = this.chances[this.#draws++ % this.chances.length] ?? 0
    return chance % below
  }

  /** What gets better by itself. */
  #heal(): void {
    for (const instance of this.#instances) {
      instance.unasked = false
      if (instance.omittedUntil > 0 && (this.calm || instance.omittedUntil === this.now)) {
        instance.omittedUntil = 0
        // Whoever was not listed has been forgotten.
        forget(instance)
        continue
      }
      const doubted = instance.condition === 'unknown' || instance.condition === 'sick'
      if (doubted && (this.calm || this.#draw(3) === 0)) instance.condition = 'healthy'
      if (instance.condition === 'starting' && --instance.warming <= 0) instance.condition = 'healthy'
    }
  }

  #disturb(disturbance: Disturbance): void {
    const { kind } = disturbance
    if ('pick' in disturbance) return this.#harm(disturbance)
    if (kind === 'plug') {
      this.#instances = this.#instances.filter(({ ghost }) => !ghost)
      for (const instance of this.#instances) instance.hidden = false
    } else if (kind === 'restart') {
      this.#begun = []
      this.#instances.forEach(forget)
      // What was listed is judged afresh too, should this be the step of a late listing.
      this.#observe()
    } else if (!this.#desired.destroying) {
      if (kind === 'commit') this.#version++
      this.#desired = wish(this.#desired, disturbance)
    }
  }

  #harm({ kind, pick }: Extract<Disturbance, { pick: number }>): void {
    const victim = this.#instances[pick % Math.max(1, this.#instances.length)]
    if (!victim) return
    const condition = conditionAfter[kind]
    if (condition) victim.condition = condition
    else if (kind === 'omit') victim.omittedUntil = this.now + 1 + (pick % 4)
    else if (kind === 'unplug') victim.hidden = true
    else if (kind === 'double') this.#add({ ...victim, id: `i${this.#ids++}` } as Instance)
    else if (kind === 'lose' && victim.hidden) victim.ghost = true
    else if (kind === 'lose') this.#instances = this.#instances.filter((one) => one !== victim)
    else if (kind === 'doom' && !this.#desired.logicalIDs && !this.#desired.destroying && !victim.doomed) {
      victim.doomed = true
      this.#desired = { ...this.#desired, size: Math.max(0, this.#desired.size - 1) }
    }
  }
}

/** What was known of its health is forgotten. */
function forget(instance: Instance): void {
  delete instance.bornAt
  if (instance.condition === 'stopped' || instance.condition === 'failed') return
  instance.condition = 'unknown'
  instance.unasked = true
}

function logical(logicalID: string | undefined): { logicalID?: string } {
  return logicalID === undefined ? {} : { logicalID }
}
