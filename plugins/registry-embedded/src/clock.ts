import { bootId } from '@infrakit/store'

/** The time that leases run by, and the one that people read. */
export interface Clock {
  /** Milliseconds since the machine was booted: the same for every process, and untouched when its date is set. */
  now(): number
  /** Another one after each boot: what an earlier `now` said means nothing any more. */
  readonly boot: string
  date(): Date
}

export function systemClock(): Clock {
  return {
    now: () => Number(process.hrtime.bigint() / 1_000_000n),
    boot: bootId(),
    date: () => new Date(),
  }
}

/** A length of time that has begun, as it is kept: so many milliseconds, beginning at that moment of that boot. */
export interface Term {
  readonly RemainingMs: number
  readonly At: number
  readonly Boot: string
}

export function beginTerm(seconds: number, { now, boot }: Clock): Term {
  return { RemainingMs: Math.ceil(seconds * 1000), At: now(), Boot: boot }
}

/** When it ends. Of one that began before the machine was booted nobody knows how much is over: see `carryOver`. */
export function endOf({ At, RemainingMs }: Term): number {
  return At + RemainingMs
}

export function isOver(term: Term, { now }: Clock): boolean {
  return endOf(term) <= now()
}

/** A term of an earlier life of the plugin. One that cannot be told from the clock begins anew: it may get longer, never shorter. */
export function carryOver(term: Term, { now, boot }: Clock): Term {
  const known = term.Boot === boot && term.At <= now()
  return known ? term : { ...term, At: now(), Boot: boot }
}
