import type { Verdict } from './promise.js'
import type { Report } from './verify.js'

/** What a report comes to. */
export interface Outcome {
  readonly broken: readonly Verdict[]
  /** The interfaces of which a promise applies and is kept, by name. */
  readonly kept: readonly string[]
  readonly leftovers: readonly string[]
}

export function outcomeOf({ verdicts, leftovers }: Report): Outcome {
  const kept = new Set(verdicts.filter(({ outcome }) => outcome === 'kept').map((one) => one.interface))
  return { broken: verdicts.filter(({ outcome }) => outcome === 'broken'), kept: [...kept].sort(), leftovers }
}
