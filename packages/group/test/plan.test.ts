import t from 'tap'
import { plan, type Action } from '../src/plan.js'
import type { Condition, Desired, Member, Operation } from '../src/situation.js'
import { letters, modest as base } from './planning/notation.js'

/** A letter for each member, as in notation.ts: `old` are outdated ones, `fresh` current. */
function members(old: string, fresh: string): Member[] {
  const make = (letter: string, id: string, current: boolean): Member => ({
    id,
    current,
    condition: letters[letter] ?? 'unknown',
  })
  return [
    ...[...old].map((letter, i) => make(letter, `old-${i}`, false)),
    ...[...fresh].map((letter, i) => make(letter, `new-${i}`, true)),
  ]
}

function show(action: Action): string {
  if (action.kind === 'provision') return action.logicalID === undefined ? 'provision' : `provision ${action.logicalID}`
  return action.instance === undefined ? action.kind : `${action.kind} ${action.instance}`
}

function planned(desired: Partial<Desired>, old: string, fresh: string, inFlight: Operation[] = []): string[] {
  const result = plan({ ...base, ...desired }, { members: members(old, fresh) }, inFlight, 0)
  return result.actions.filter((action) => action.kind !== 'wait').map(show)
}

const provision: Operation = { kind: 'provision' }
const destroying = (instance: string): Operation => ({ kind: 'destroy', instance })

t.test('makes what is missing', async (t) => {
  t.same(planned({}, '', ''), ['provision', 'provision', 'provision'])
  t.same(planned({}, '', 'hh'), ['provision'])
})

t.test('counts what is on its way', async (t) => t.same(planned({}, '', 'h', [provision, provision]), []))

t.test('has converged when all are current and healthy, and not before', async (t) => {
  const converged = (old: string, fresh: string, inFlight: Operation[] = []) =>
    plan(base, { members: members(old, fresh) }, inFlight, 0).converged
  t.equal(converged('', 'hhh'), true)
  t.equal(converged('', 'hh'), false, 'too few')
  t.equal(converged('', 'hhhh'), false, 'too many')
  t.equal(converged('', 'hhs'), false, 'one is starting')
  t.equal(converged('', 'hh?'), false, 'one is unknown')
  t.equal(converged('h', 'hh'), false, 'one is outdated')
  t.equal(converged('', 'hhh', [{ kind: 'label', instance: 'new-0' }]), false, 'something is pending')
})

t.test('scales down at once, the worst first', async (t) => {
  t.same(planned({ size: 1 }, '', 'hhh'), ['destroy new-0', 'destroy new-1'])
  t.same(planned({ size: 2 }, '', 'hxh'), ['destroy new-1'])
  t.same(planned({ size: 2 }, '', 'h?h'), ['destroy new-1'])
  t.same(planned({ size: 0 }, '', 'hh'), ['destroy new-0', 'destroy new-1'])
})

t.test('scale down removes outdated instances first', async (t) => {
  t.same(planned({ size: 2 }, 'h', 'hh'), ['destroy old-0'])
})

t.test('rolls one after the other by default: destroy one, create one', async (t) => {
  t.same(planned({}, 'hhh', ''), ['destroy old-0'])
  t.same(planned({}, 'hhh', '', [destroying('old-0')]), [], 'while it goes nothing is made: it still exists')
  t.same(planned({}, 'hh', ''), ['provision'])
  t.same(planned({}, 'hh', 's'), [], 'waits until the new one is healthy')
  t.same(planned({}, 'hh', 'h'), ['destroy old-0'])
})

t.test('with surge, makes the new one first', async (t) => {
  const surge = { maxSurge: 1, maxUnavailable: 0 }
  t.same(planned(surge, 'hhh', ''), ['provision'])
  t.same(planned(surge, 'hhh', 's'), [])
  t.same(planned(surge, 'hhh', 'h'), ['destroy old-0'])
  t.same(planned(surge, 'h', 'hhh'), ['destroy old-0'])
})

t.test('never takes a serving one for an unhealthy new one', async (t) => {
  t.same(planned({ drain: true }, 'hh', 'k'), [])
  t.same(planned({}, 'hh', 'x'), ['destroy new-0'], 'but replaces the unhealthy one')
})

t.test('unknown health is never a reason to replace, nor a licence to destroy', async (t) => {
  t.same(planned({}, '', 'h??'), [])
  t.same(planned({}, '???', ''), [], 'an update waits until somebody can tell')
  t.same(planned({}, 'hh?', ''), ['destroy old-2'], 'one unknown may go while enough others are known to serve')
})

t.test('replaces the dead at once, all of them, and the sick one by one', async (t) => {
  const [three, goes] = [
    ['provision', 'provision', 'provision'],
    ['destroy new-0', 'destroy new-1', 'destroy new-2'],
  ]
  t.same(planned({}, '', 'fff'), [...goes, ...three])
  t.same(planned({}, '', 'fhh', [destroying('new-0'), provision]), [], 'and makes no more than one for each')
  t.same(planned({}, '', 'xxx'), ['destroy new-0'])
  t.same(planned({}, '', 'xx', [provision]), [], 'not the next one before the replacement is healthy')
  t.same(planned({}, '', 'xxs'), [])
  t.same(planned({}, '', 'xxh'), ['destroy new-0'])
})

t.test('a halted update keeps what serves', async (t) => {
  t.same(planned({ halted: true }, 'hh', 'h'), [])
  t.same(
    planned({ halted: true, maxSurge: 1 }, 'hhh', 's'),
    ['destroy new-0'],
    'the surplus new one goes, not an old one',
  )
  t.same(planned({ halted: true }, 'h', 'h'), ['provision'], 'what is lost is still made good')
})

t.test('what cannot be seen is counted and never destroyed', async (t) => {
  const seen = members('', 'hh')
  const hidden: Member = { id: 'far', current: true, condition: 'unknown', hidden: true }
  const result = plan({ ...base, size: 2 }, { members: [...seen, hidden] }, [], 0)
  t.same(result.actions.filter((a) => a.kind !== 'wait').map(show), ['destroy new-0'])
  t.same(
    plan(base, { members: [...seen, hidden] }, [], 0).actions.filter((a) => a.kind !== 'wait'),
    [],
  )
})

t.test('starts what is stopped, before replacing it', async (t) => {
  t.same(planned({}, '', 'hho'), ['start new-2'])
  t.same(planned({}, 'oo', 'h'), ['destroy old-0'], 'an outdated one is not started only to go')
})

t.test('parks: stops all, makes none', async (t) => {
  const parked = { parked: true }
  t.same(planned(parked, '', 'hh'), ['stop new-0', 'stop new-1'])
  t.same(planned(parked, '', 'oo'), [])
  t.same(planned({ ...parked, size: 1 }, '', 'oo'), ['destroy new-0'])
  t.equal(plan({ ...base, ...parked }, { members: members('', 'ooo') }, [], 0).converged, true)
  t.equal(plan({ ...base, ...parked }, { members: members('', 'ooh') }, [], 0).converged, false)
})

t.test('destroys all', async (t) => {
  t.same(planned({ destroying: true }, 'h', 'h'), ['destroy old-0', 'destroy new-0'])
  t.same(planned({ destroying: true }, '', '', [provision]), [])
})

t.test('adopts what waits for a label', async (t) => {
  const adopted = [{ id: 'a', current: true, condition: 'healthy', adopt: true } as const]
  t.same(plan({ ...base, size: 1 }, { members: adopted }, [], 0).actions.map(show), ['label a'])
})

t.test('pets', async (t) => {
  const pets = { size: 2, logicalIDs: ['a', 'b'] }
  const pet = (logicalID: string, current: boolean, condition: Condition = 'healthy'): Member => ({
    id: `${logicalID}-${current}`,
    logicalID,
    current,
    condition,
  })
  const petPlan = (list: Member[], desired: Partial<Desired> = {}, inFlight: Operation[] = []) =>
    plan({ ...base, ...pets, ...desired }, { members: list }, inFlight, 0)
      .actions.filter((a) => a.kind !== 'wait')
      .map(show)
  t.same(petPlan([]), ['provision a', 'provision b'])
  t.same(petPlan([pet('a', true)]), ['provision b'])
  t.same(petPlan([pet('a', false), pet('b', false)]), ['destroy a-false'])
  t.same(
    petPlan([pet('b', false)], { leavingIDs: ['a'] }, [destroying('gone')]),
    [],
    'an identity is free only when its holder is gone',
  )
  t.same(petPlan([pet('a', true), pet('b', true), pet('c', true)]), ['destroy c-true'], 'one nobody asked for goes')
  t.same(
    petPlan([pet('a', true), { ...pet('a', true), id: 'twin' }]),
    ['destroy a-true'],
    'of twins one goes, and its place is filled after it',
  )
})

t.test('a live group of cattle becomes pets by an orderly roll, not by destroying all', async (t) => {
  const desired = { ...base, size: 3, logicalIDs: ['a', 'b', 'c'] }
  t.same(plan(desired, { members: members('', 'hhh') }, [], 0).actions.map(show), ['destroy new-0'])
})

t.test('waits out a failure and says so', async (t) => {
  const result = plan({ ...base, provisionNotBefore: 500 }, { members: [] }, [], 0)
  t.match(result.actions, [{ kind: 'wait', until: 500 }])
  t.equal(result.converged, false)
})

t.test('one that could not be destroyed is waited for, and no other goes in its place', async (t) => {
  const [first, ...others] = members('', 'hhhh')
  const failed = { ...first, notBefore: 500 } as Member
  const actions = plan({ ...base, size: 3 }, { members: [failed, ...others] }, [], 0).actions
  t.same(actions.map(show), ['wait new-0'])
  const outdated = members('hhh', '').map((member, at) => (at === 0 ? { ...member, notBefore: 500 } : member))
  t.same(plan(base, { members: outdated }, [], 0).actions.map(show), ['wait old-0'], 'an update neither')
})

t.test('which one is too many is decided once it is known how all fare', async (t) => {
  const unasked = { id: 'back', current: true, condition: 'unknown', unasked: true } as const
  const made = members('', 'hhh').map((member) => ({ ...member, bornAt: 1 }))
  t.same(plan(base, { members: [...made, unasked] }, [], 0).actions.map(show), ['wait back'])
  const asked = { ...unasked, condition: 'healthy', unasked: false } as const
  t.same(plan(base, { members: [...made, asked] }, [], 0).actions.map(show), ['destroy new-0'], 'the newest goes')
})
