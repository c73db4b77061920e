import type { Action, Plan } from '../../src/plan.js'
import type { Condition, Desired, Member, Operation } from '../../src/situation.js'

/** Everything a plan was made from, and what the rules say of it is said of this. */
export interface Sight {
  readonly desired: Desired
  readonly members: readonly Member[]
  readonly inFlight: readonly Operation[]
  readonly now: number
}

/** Every rule that a plan breaks, given what the planner could see. Knows nothing of how the plan was made. */
export function broken(sight: Sight, plan: Plan): string[] {
  const always = [...form(sight, plan), ...kinds(sight, plan), ...provisions(sight, plan), ...rest(sight, plan)]
  if (sight.desired.destroying) return always
  return [...always, ...destroys(sight, plan), ...(sight.desired.parked ? [] : omissions(sight, plan))]
}

/** Rules that hold for each action by itself. */
function form({ desired, members, inFlight, now }: Sight, { actions }: Plan): string[] {
  const rules: string[] = []
  const busy = new Set(inFlight.map(({ instance }) => instance))
  const touched = new Set<string>()
  for (const action of actions) {
    if (action.reason === '') rules.push('every action has a reason')
    if (action.kind === 'wait' && action.until !== undefined && action.until <= now) rules.push('waits for the future')
    if (action.kind === 'wait' || action.kind === 'provision') continue
    const member = members.find(({ id }) => id === action.instance)
    if (!member) rules.push('acts only on what is there')
    if (busy.has(action.instance)) rules.push('leaves alone what is being worked on')
    if (member?.hidden) rules.push('leaves alone what cannot be reached')
    if (member?.notBefore !== undefined && member.notBefore > now && action.kind !== 'label') {
      rules.push('waits after a failure')
    }
    if (touched.has(action.instance)) rules.push('does one thing to one member at a time')
    if (action.kind !== 'label') touched.add(action.instance)
    if (action.kind === 'destroy' && member) {
      const drain = desired.drain && member.condition !== 'failed' && member.condition !== 'stopped'
      if (action.drain !== drain) rules.push('drains what may serve, if drained at all')
    }
  }
  return rules
}

/** What may be done at all in which state of the group. */
function kinds({ desired, members }: Sight, { actions }: Plan): string[] {
  const doing = new Set(actions.map(({ kind }) => kind))
  const member = (id: string) => members.find((one) => one.id === id)
  if (desired.destroying) {
    return doing.has('provision') || doing.has('start') || doing.has('stop') || doing.has('label')
      ? ['a group that is destroyed only loses members']
      : []
  }
  if (desired.parked) {
    return doing.has('provision') || doing.has('start') ? ['a parked group makes and starts nothing'] : []
  }
  const rules = doing.has('stop') ? ['a running group stops nothing'] : []
  for (const action of actions) {
    if (action.kind !== 'start') continue
    const started = member(action.instance)
    if (started?.condition !== 'stopped') rules.push('starts what is stopped')
    if (!started?.current && !desired.halted) rules.push('starts nothing only to replace it')
  }
  return rules
}

function provisions({ desired, members, inFlight, now }: Sight, { actions }: Plan): string[] {
  const planned = actions.filter((action) => action.kind === 'provision')
  if (planned.length === 0) return []
  const rules: string[] = []
  const coming = comingOf(inFlight)
  if (members.length + coming.length + planned.length > desired.size + desired.maxSurge) {
    rules.push('never above size + maxSurge')
  }
  if (desired.provisionNotBefore > now) rules.push('waits after a failure to provision')
  const held = [...members, ...coming, ...planned].flatMap(({ logicalID }) => logicalID ?? [])
  for (const { logicalID } of planned) {
    if ((logicalID !== undefined) !== (desired.logicalIDs !== undefined))
      rules.push('pets have identities, cattle none')
    if (logicalID === undefined) continue
    if (!desired.logicalIDs?.includes(logicalID)) rules.push('makes only identities that are wanted')
    if (held.filter((id) => id === logicalID).length > 1) rules.push('gives no identity away twice')
  }
  return rules
}

function destroys(sight: Sight, plan: Plan): string[] {
  const { desired, members, inFlight } = sight
  const rules: string[] = []
  const leaving = new Set(inFlight.filter(({ kind }) => kind === 'destroy').map(({ instance }) => instance))
  const coming = comingOf(inFlight)
  for (const action of plan.actions) {
    const seen = new Set(leaving)
    for (const id of goers([action])) leaving.add(id)
    if (action.kind !== 'destroy') continue
    const live = members.filter(({ id }) => !seen.has(id))
    const victim = live.find(({ id }) => id === action.instance)
    if (!victim) continue
    rules.push(...(desired.parked ? [] : mayGo(sight, live, coming.length, victim)))
    rules.push(...chosenWell(sight, live, coming.length, victim, plan))
  }
  return rules
}

/** Whether enough remain when `victim` goes: the promise of `plan`. */
function mayGo({ desired }: Sight, live: readonly Member[], coming: number, victim: Member): string[] {
  if (victim.condition === 'failed' || victim.doomed) return []
  const least = desired.size - desired.maxUnavailable
  const others = live.filter((one) => one !== victim)
  const count = (...conditions: Condition[]) => others.filter((one) => conditions.includes(one.condition)).length
  const surplus = live.length + coming > desired.size && !(desired.logicalIDs && hasPlace(desired, live, victim))
  if (victim.condition === 'healthy' || victim.condition === 'unknown') {
    if (!isCondemned(desired, live, victim)) {
      return count('healthy', 'unknown') >= desired.size ? [] : ['takes no good one for one that only comes']
    }
    if (count('healthy') >= least || (surplus && count('healthy', 'unknown') >= least)) return []
    return ['never takes one that serves below size - maxUnavailable']
  }
  if (surplus) return []
  const rules = others.length + coming < least ? ['never fewer than size - maxUnavailable by its own doing'] : []
  const warming = others.filter(({ current, condition }) => current && condition === 'starting').length
  const unsettled = Math.max(0, desired.size - live.length - coming) + coming + warming
  if (unsettled >= Math.max(1, desired.maxUnavailable, desired.maxSurge)) rules.push('replaces only so many at a time')
  return rules
}

/** Whether there was a cause, and nobody worse to take. */
function chosenWell(
  sight: Sight,
  live: readonly Member[],
  coming: number,
  victim: Member,
  { actions }: Plan,
): string[] {
  const { desired, members, inFlight, now } = sight
  if (!desired.parked && isCondemned(desired, members, victim)) return []
  if (live.length + coming <= desired.size) return ['takes a good one only when there are too many']
  if (!desired.parked && desired.logicalIDs) return ['takes no pet that is wanted and well']
  if (!desired.parked && live.some(isPuzzling)) return ['of too many nobody goes before all were asked']
  const destroyed = new Set(actions.flatMap((action) => (action.kind === 'destroy' ? action.instance : [])))
  const busy = new Set(inFlight.map(({ instance }) => instance))
  const free = live.filter(({ id, hidden, notBefore = 0 }) => {
    return !destroyed.has(id) && !busy.has(id) && !hidden && notBefore <= now
  })
  const worse = free.some((one) => {
    return goesBefore(desired, one, victim) && (desired.parked || mayGo(sight, live, coming, one).length === 0)
  })
  return worse ? ['of too many the worst, newest, lowest go'] : []
}

/** Why a member would have to go even if there were not too many. */
function isCondemned(desired: Desired, members: readonly Member[], member: Member): boolean {
  const outdated = !member.current && !desired.halted
  const bad = member.condition === 'failed' || member.condition === 'unhealthy'
  return outdated || bad || (member.doomed ?? false) || !hasPlace(desired, members, member)
}

/** Cattle always have a place; a pet if its identity is wanted and nobody better has it. */
function hasPlace(desired: Desired, members: readonly Member[], member: Member): boolean {
  if (!desired.logicalIDs) return true
  if (member.logicalID === undefined || !desired.logicalIDs.includes(member.logicalID)) return false
  const twins = members.filter((one) => one !== member && one.logicalID === member.logicalID)
  return twins.every((twin) => goesBefore(desired, twin, member))
}

const worstFirst: readonly Condition[] = ['failed', 'unhealthy', 'stopped', 'sick', 'starting', 'unknown', 'healthy']

/** The order in which members go, as `victimOrder` promises it. */
function goesBefore({ halted }: Desired, one: Member, other: Member): boolean {
  if ((one.doomed ?? false) !== (other.doomed ?? false)) return one.doomed ?? false
  if (!halted && one.current !== other.current) return !one.current
  const [mine, others] = [worstFirst.indexOf(one.condition), worstFirst.indexOf(other.condition)]
  if (mine !== others) return mine < others
  const [born, otherBorn] = [one.bornAt ?? 0, other.bornAt ?? 0]
  return born === otherBorn ? one.id < other.id : born > otherBorn
}

/** What has to be done at once, and was not. */
function omissions({ desired, members, inFlight, now }: Sight, { actions }: Plan): string[] {
  const rules: string[] = []
  const leaving = new Set(inFlight.filter(({ kind }) => kind === 'destroy').map(({ instance }) => instance))
  const going = new Set(goers(actions))
  const busy = new Set(inFlight.map(({ instance }) => instance))
  const coming = comingOf(inFlight)
  const live = members.filter(({ id }) => !leaving.has(id))
  const good = live.filter((member) => !isCondemned(desired, live, member))
  const staying = live.filter(({ id }) => !going.has(id))
  const free = staying.filter(({ id, hidden, notBefore = 0 }) => !busy.has(id) && !hidden && notBefore <= now)
  if (free.some(({ condition, doomed }) => condition === 'failed' || doomed)) rules.push('the dead go at once')
  const least = desired.size - desired.maxUnavailable
  const others = (one: Member) => staying.filter((other) => other !== one && other.condition === 'healthy').length
  const spare = free.filter(({ condition }) => condition === 'healthy' || condition === 'unknown')
  if (spare.some((one) => isCondemned(desired, live, one) && others(one) >= least)) {
    rules.push('who has to go and can be spared goes at once')
  }
  const started = new Set(actions.flatMap((action) => (action.kind === 'start' ? action.instance : [])))
  const stopped = free.filter(({ id, condition }) => condition === 'stopped' && !started.has(id))
  if (stopped.some((one) => !isCondemned(desired, live, one))) rules.push('what is stopped is started at once')
  const idle = free.some(({ condition }) => condition !== 'healthy' && condition !== 'unknown')
  const tooMany = !live.some(isPuzzling) && good.length === live.length && staying.length + coming.length > desired.size
  if (tooMany && idle && !desired.logicalIDs) rules.push('of too many those that serve nobody go at once')
  const held = new Set([...members, ...coming].map(({ logicalID }) => logicalID))
  const missing = desired.logicalIDs
    ? desired.logicalIDs.filter((id) => !held.has(id)).length
    : desired.size - good.filter(({ id }) => !going.has(id)).length - coming.length
  const room = desired.size + desired.maxSurge - members.length - coming.length
  const made = actions.filter(({ kind }) => kind === 'provision').length
  if (desired.provisionNotBefore <= now && made < Math.min(missing, room)) rules.push('what is missing is made at once')
  return rules
}

/** When a plan may say that all is done. */
function rest({ desired, members, inFlight }: Sight, { actions, converged }: Plan): string[] {
  const well = desired.parked
    ? members.length <= desired.size && members.every((m) => m.condition === 'stopped' || m.condition === 'failed')
    : members.length === desired.size && members.every((m) => m.current && !m.adopt && m.condition === 'healthy')
  const identities = new Set(members.map(({ logicalID }) => logicalID))
  const complete = desired.parked || (desired.logicalIDs ?? []).every((id) => identities.has(id))
  if (!converged) {
    const silent = actions.length === 0 && inFlight.length === 0 && !desired.halted && members.length > 0
    return silent ? ['who has not converged does something, or says what it waits for'] : []
  }
  return well && complete && !desired.destroying && inFlight.length === 0 && actions.length === 0
    ? []
    : ['says converged only of a group that is']
}

/** Listed for the first time, or again: it may serve, and nobody has asked yet. */
function isPuzzling({ condition, unasked }: Member): boolean {
  return condition === 'unknown' && (unasked ?? false)
}

/** Whom actions let go: those they destroy, and those with whom that failed, for they may be going nevertheless. */
function goers(actions: readonly Action[]): string[] {
  return actions.flatMap((action) => {
    const stuck = action.kind === 'wait' && action.reason === 'it could not be destroyed'
    return (action.kind === 'destroy' || stuck) && action.instance !== undefined ? action.instance : []
  })
}

/** Provisions in flight whose instance is not seen yet. */
function comingOf(inFlight: readonly Operation[]): Operation[] {
  return inFlight.filter(({ kind, seen }) => kind === 'provision' && !seen)
}
