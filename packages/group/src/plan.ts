import { mayServe, victimOrder, type Desired, type Member, type Observed, type Operation } from './situation.js'

/** One thing to do, with the reason a person reads in the log. */
export type Action =
  | { readonly kind: 'provision'; readonly logicalID?: string; readonly reason: string }
  | { readonly kind: 'destroy'; readonly instance: string; readonly drain: boolean; readonly reason: string }
  | { readonly kind: 'start'; readonly instance: string; readonly reason: string }
  | { readonly kind: 'stop'; readonly instance: string; readonly reason: string }
  | { readonly kind: 'label'; readonly instance: string; readonly reason: string }
  | { readonly kind: 'wait'; readonly instance?: string; readonly until?: number; readonly reason: string }

export interface Plan {
  readonly actions: readonly Action[]
  /** Right count, all current, all healthy (or all parked), nothing pending. */
  readonly converged: boolean
}

/** What a plan is computed from, sorted into who stays, goes and comes. */
interface Situation {
  readonly desired: Desired
  readonly live: readonly Member[]
  /** How many exist or may come to exist, those being destroyed included. */
  readonly existing: number
  readonly comingIDs: readonly (string | undefined)[]
  readonly busy: ReadonlySet<string>
  readonly now: number
}

function survey(desired: Desired, observed: Observed, inFlight: readonly Operation[], now: number): Situation {
  const leaving = new Set(inFlight.filter((o) => o.kind === 'destroy').map((o) => o.instance))
  // What has come already may be seen, and be gone again, before its provision is answered: it is not counted twice.
  const coming = inFlight.filter((o) => o.kind === 'provision' && !o.seen)
  const comingIDs = coming.map((o) => o.logicalID)
  return {
    desired,
    live: observed.members.filter((member) => !leaving.has(member.id)),
    existing: observed.members.length + comingIDs.length,
    comingIDs,
    busy: new Set(inFlight.flatMap((o) => (o.instance === undefined ? [] : [o.instance]))),
    now,
  }
}

/** Members that hold a place in the group for good: of several with one logical ID, the best. */
function placed(desired: Desired, live: readonly Member[]): ReadonlySet<Member> {
  if (!desired.logicalIDs) return new Set(live)
  const best = new Map<string, Member>()
  for (const member of [...live].sort(victimOrder(desired.halted))) {
    if (member.logicalID !== undefined && desired.logicalIDs.includes(member.logicalID)) {
      best.set(member.logicalID, member)
    }
  }
  return new Set(best.values())
}

/** Why a member has to be replaced, if it has to. */
function condemnation(desired: Desired, member: Member, places: ReadonlySet<Member>): string | undefined {
  if (member.doomed) return 'it was asked to go'
  if (!places.has(member)) return 'its logical ID is not, or no longer, to be had'
  if (!member.current && !desired.halted) return 'its configuration is outdated'
  if (member.condition === 'failed') return member.detail ?? 'it failed'
  if (member.condition === 'unhealthy') return member.detail ?? 'it is unhealthy'
  return undefined
}

/** Counts that change as a plan grows, so that its later decisions know of the earlier ones. */
interface Ledger {
  /** Members and provisions that are not going. */
  total: number
  available: number
  /** Members that serve, or may serve: their health is not known. */
  serving: number
  /** Places empty, or held by one that has not yet become healthy. */
  unsettled: number
}

/**
 * Whether a member may be destroyed now. One that is dead may always; one that serves only while enough others are
 * known to; one of unknown health never on the strength of its being unknown.
 */
function mayGo(member: Member, desired: Desired, ledger: Ledger, condemned: boolean, surplus: boolean): boolean {
  const least = Math.max(0, desired.size - desired.maxUnavailable)
  if (member.condition === 'failed' || member.doomed) return true
  // A good one goes for others that serve, never for one that is only coming: a short listing may have called for it.
  if (!condemned) return !mayServe(member) || ledger.serving - 1 >= desired.size
  if (mayServe(member) && surplus && ledger.serving - 1 >= least) return true
  if (member.condition === 'healthy') return ledger.available - 1 >= least
  if (member.condition === 'unknown') return ledger.available >= least
  if (surplus) return true
  return ledger.unsettled < Math.max(1, desired.maxUnavailable, desired.maxSurge) && ledger.total - 1 >= least
}

function strike(member: Member, ledger: Ledger): void {
  ledger.total--
  if (member.condition === 'healthy') ledger.available--
  if (mayServe(member)) ledger.serving--
  if (!(member.current && member.condition === 'starting')) ledger.unsettled++
}

/** What does not run serves nobody, and has nothing to be drained of. */
function destroyed({ id, condition }: Member, desired: Desired, reason: string): Action {
  const drain = desired.drain && condition !== 'failed' && condition !== 'stopped'
  return { kind: 'destroy', instance: id, drain, reason }
}

/** What cannot be seen is waited for: a group that is not wholly seen has not converged. */
function unreachable({ id }: Member): Action {
  return { kind: 'wait', instance: id, reason: 'its host cannot be reached' }
}

/** The condemned first, then the rest; each in the order in which victims are chosen. */
function removalOrder(live: readonly Member[], reasons: ReadonlyMap<Member, string | undefined>, halted: boolean) {
  const byVictim = victimOrder(halted)
  const kept = (member: Member) => Number(reasons.get(member) === undefined)
  return [...live].sort((a, b) => kept(a) - kept(b) || byVictim(a, b))
}

function planRemovals(s: Situation, places: ReadonlySet<Member>, actions: Action[]): ReadonlySet<Member> {
  const { desired, live, now } = s
  const reasons = new Map(live.map((member) => [member, condemnation(desired, member, places)]))
  const starting = live.filter((m) => m.current && m.condition === 'starting').length
  const total = live.length + s.comingIDs.length
  const ledger: Ledger = {
    total,
    available: live.filter((m) => m.condition === 'healthy').length,
    serving: live.filter(mayServe).length,
    unsettled: Math.max(0, desired.size - total) + s.comingIDs.length + starting,
  }
  const anyCondemned = live.some((member) => reasons.get(member) !== undefined)
  const room = desired.size + (anyCondemned ? desired.maxSurge : 0)
  const gone = new Set<Member>()
  if (!anyCondemned && total <= room) return gone
  // Listed again after a listing that lacked it, or seen for the first time: it may be the one that serves.
  const puzzling = live.some((member) => member.condition === 'unknown' && member.unasked)
  for (const member of removalOrder(live, reasons, desired.halted)) {
    // Every placed pet is wanted: only those without a place can be too many.
    const surplus = ledger.total > room && !(desired.logicalIDs && places.has(member))
    const reason = reasons.get(member)
    if ((reason === undefined && (!surplus || puzzling)) || member.hidden || s.busy.has(member.id)) continue
    if (!mayGo(member, desired, ledger, reason !== undefined, surplus)) continue
    // One that could not be destroyed may be going nevertheless: no other one goes in its place.
    strike(member, ledger)
    gone.add(member)
    if ((member.notBefore ?? 0) > now) {
      actions.push({ kind: 'wait', instance: member.id, until: member.notBefore, reason: 'it could not be destroyed' })
      continue
    }
    actions.push(destroyed(member, desired, reason ?? 'there are too many'))
  }
  return gone
}

function planProvisions(s: Situation, places: ReadonlySet<Member>, gone: ReadonlySet<Member>, actions: Action[]): void {
  const { desired, live } = s
  const keepers = live.filter((m) => !gone.has(m) && condemnation(desired, m, places) === undefined)
  const room = desired.size + desired.maxSurge - s.existing
  const wanted = missing(s, keepers).slice(0, Math.max(0, room))
  if (wanted.length === 0) return
  if (desired.provisionNotBefore > s.now) {
    const reason = `${wanted.length} more to be made after the last failure`
    actions.push({ kind: 'wait', until: desired.provisionNotBefore, reason })
    return
  }
  for (const logicalID of wanted) {
    actions.push({ kind: 'provision', reason: 'there are too few', ...(logicalID === undefined ? {} : { logicalID }) })
  }
}

/** The places nobody holds, by logical ID (`undefined` for cattle). An identity is given anew only once it is free. */
function missing(s: Situation, keepers: readonly Member[]): (string | undefined)[] {
  const { desired, comingIDs } = s
  if (!desired.logicalIDs) {
    const count = desired.size - keepers.length - comingIDs.length
    return Array.from({ length: Math.max(0, count) }, () => undefined)
  }
  const taken = new Set([...s.live.map((m) => m.logicalID), ...comingIDs, ...desired.leavingIDs])
  return desired.logicalIDs.filter((id) => !taken.has(id))
}

function planUpkeep(s: Situation, gone: ReadonlySet<Member>, actions: Action[]): void {
  for (const member of s.live) {
    if (gone.has(member) || s.busy.has(member.id)) continue
    if (member.hidden) {
      actions.push(unreachable(member))
      continue
    }
    if (member.adopt) actions.push({ kind: 'label', instance: member.id, reason: 'it is adopted' })
    if (member.condition === 'stopped' && (member.current || s.desired.halted)) {
      actions.push(
        (member.notBefore ?? 0) > s.now
          ? { kind: 'wait', instance: member.id, until: member.notBefore, reason: 'it could not be started' }
          : { kind: 'start', instance: member.id, reason: 'it is stopped and should run' },
      )
    }
    if (member.condition === 'starting' || member.condition === 'sick' || member.condition === 'unknown') {
      const reason = `${member.detail ?? `its health is ${member.condition}`}`
      actions.push({ kind: 'wait', instance: member.id, reason })
    }
  }
}

function planParked(s: Situation, actions: Action[]): void {
  const excess = Math.max(0, s.live.length + s.comingIDs.length - s.desired.size)
  const going = new Set([...s.live].sort(victimOrder(s.desired.halted)).slice(0, excess))
  for (const member of s.live) {
    if (s.busy.has(member.id)) continue
    if (member.hidden) {
      actions.push(unreachable(member))
    } else if ((member.notBefore ?? 0) > s.now) {
      actions.push({ kind: 'wait', instance: member.id, until: member.notBefore, reason: 'it could not be stopped' })
    } else if (going.has(member)) {
      actions.push(destroyed(member, s.desired, 'there are too many'))
    } else if (member.condition !== 'stopped' && member.condition !== 'failed') {
      actions.push({ kind: 'stop', instance: member.id, reason: 'the group is parked' })
    }
  }
}

function planDestruction(s: Situation, actions: Action[]): void {
  for (const member of s.live) {
    if (s.busy.has(member.id)) continue
    if (member.hidden) {
      actions.push(unreachable(member))
    } else if ((member.notBefore ?? 0) > s.now) {
      actions.push({ kind: 'wait', instance: member.id, until: member.notBefore, reason: 'it could not be destroyed' })
    } else {
      actions.push(destroyed(member, s.desired, 'the group is destroyed'))
    }
  }
}

/**
 * Decides what a group needs next. Pure: same arguments, same plan.
 *
 * Never plans more than `size + maxSurge` instances to exist, nor takes one that serves while fewer than
 * `size - maxUnavailable` others are known to be available (instances beyond the size may go). Dead instances go at
 * once, unhealthy ones as their replacements become healthy. Outdated instances go before current ones, unhealthy
 * before healthy, newest and then lowest ID first. What cannot be seen is counted, and never destroyed.
 *
 * @param now monotonic milliseconds; the plan has no clock of its own
 */
export function plan(desired: Desired, observed: Observed, inFlight: readonly Operation[], now: number): Plan {
  const s = survey(desired, observed, inFlight, now)
  const actions: Action[] = []
  if (desired.destroying) {
    planDestruction(s, actions)
  } else if (desired.parked) {
    planParked(s, actions)
  } else {
    const places = placed(desired, s.live)
    const gone = planRemovals(s, places, actions)
    planProvisions(s, places, gone, actions)
    planUpkeep(s, gone, actions)
  }
  const settled = s.live.every((member) =>
    desired.parked ? !mayServe(member) : member.current && member.condition === 'healthy',
  )
  const rightCount = desired.parked ? s.live.length <= desired.size : s.live.length === desired.size
  const idle = actions.length === 0 && inFlight.length === 0
  return { actions, converged: idle && settled && rightCount && !desired.destroying }
}
