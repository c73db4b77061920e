/**
 * What the planner sees. Everything in here is data: the controller observes and judges, the planner only decides.
 */

/** How a member fares. Only `healthy` ones are available. */
export type Condition =
  /** Judged healthy, for as long or as often as asked for. */
  | 'healthy'
  /** Made by us and not yet judged healthy often enough. */
  | 'starting'
  /** Nobody could tell. Never a reason to replace it. */
  | 'unknown'
  /** Judged unhealthy, but not yet often enough to replace it. */
  | 'sick'
  | 'unhealthy'
  /** Stopped, by us or by hand, and kept. */
  | 'stopped'
  /** There, and dead for good. */
  | 'failed'

export interface Member {
  readonly id: string
  readonly logicalID?: string
  /** Its config hash is the desired one. */
  readonly current: boolean
  readonly condition: Condition
  /** What a person should know of its condition. */
  readonly detail?: string
  /** Waits to be labelled with the desired hash. */
  readonly adopt?: boolean
  /** Named in `DestroyInstances`. */
  readonly doomed?: boolean
  /** Last seen on a host that cannot be reached now. */
  readonly hidden?: boolean
  /** Its health was not asked for yet, since it was first seen or seen again: that it is unknown says nothing. */
  readonly unasked?: boolean
  /** When we made it (monotonic ms); absent when it was there before us. */
  readonly bornAt?: number
  /** Nothing is tried on it before (monotonic ms): something failed. */
  readonly notBefore?: number
}

export interface Observed {
  readonly members: readonly Member[]
}

export interface Desired {
  readonly size: number
  readonly logicalIDs?: readonly string[]
  readonly parked: boolean
  readonly destroying: boolean
  /** The update was halted: outdated members stay. */
  readonly halted: boolean
  readonly maxSurge: number
  readonly maxUnavailable: number
  readonly drain: boolean
  /** Nothing is provisioned before (monotonic ms): something failed. */
  readonly provisionNotBefore: number
  /** Logical IDs of members that are being destroyed. */
  readonly leavingIDs: readonly string[]
}

/** Something begun whose effect an observation may not show yet. */
export interface Operation {
  readonly kind: 'provision' | 'destroy' | 'start' | 'stop' | 'label'
  readonly instance?: string
  readonly logicalID?: string
  /** Of a provision: the key that the instance will carry. */
  readonly key?: string
  /** Of a provision: its instance was listed already, though the call is not answered. */
  readonly seen?: boolean
  /** Why, for a person. */
  readonly reason?: string
}

/** From the first to go to the last. */
const order: readonly Condition[] = ['failed', 'unhealthy', 'stopped', 'sick', 'starting', 'unknown', 'healthy']

/**
 * Sorts those to go first to the front: outdated before current, worse before better, newest, then lowest ID. While an
 * update is halted the outdated ones are what serves: then only the condition counts.
 */
export function victimOrder(halted: boolean): (a: Member, b: Member) => number {
  return (a, b) =>
    Number(b.doomed ?? false) - Number(a.doomed ?? false) ||
    (halted ? 0 : Number(a.current) - Number(b.current)) ||
    order.indexOf(a.condition) - order.indexOf(b.condition) ||
    (b.bornAt ?? 0) - (a.bornAt ?? 0) ||
    (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
}

/** Whether requests may be going to it: it is healthy, or nobody knows. */
export function mayServe(member: Pick<Member, 'condition'>): boolean {
  return member.condition === 'healthy' || member.condition === 'unknown'
}
