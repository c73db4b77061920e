import type { Condition } from '../../src/situation.js'

/** What happens to an instance, chosen by number, behind the planner's back. */
export type Mishap =
  /** It is gone. */
  | 'lose'
  | 'sicken'
  | 'doubt'
  | 'ail'
  | 'kill'
  | 'stop'
  /** The listing leaves it out for some steps, though it is there. */
  | 'omit'
  /** Its host cannot be reached, and the listing says so. */
  | 'unplug'
  /** There is a second one under the same key and identity. */
  | 'double'
  /** Somebody names it in `DestroyInstances`. */
  | 'doom'

/** What happens to the group from outside, one event per step. */
export type Disturbance =
  | { readonly kind: Mishap; readonly pick: number }
  | { readonly kind: 'resize'; readonly size: number }
  /** The group becomes one of pets: a bit of the number for each identity there can be. */
  | { readonly kind: 'pets'; readonly bits: number }
  | { readonly kind: 'limits'; readonly maxSurge: number; readonly maxUnavailable: number }
  | { readonly kind: 'parked' | 'halted' | 'drain'; readonly on: boolean }
  | { readonly kind: 'commit' | 'destroy' }
  /** All hosts can be reached again. */
  | { readonly kind: 'plug' }
  /** The group plugin starts anew: it knows its keys, and nothing of what it had begun. */
  | { readonly kind: 'restart' }
  /** The listing of this step is the one of the step before. */
  | { readonly kind: 'lag' }
  | { readonly kind: 'nothing' }

export const conditionAfter: Partial<Record<Mishap, Condition>> = {
  sicken: 'unhealthy',
  doubt: 'unknown',
  ail: 'sick',
  kill: 'failed',
  stop: 'stopped',
}

/** Every identity that there can be. */
export const identities = ['a', 'b', 'c', 'd', 'e'] as const

export function identitiesOf(bits: number): string[] {
  return identities.filter((_, i) => (bits >> i) % 2 === 1)
}
