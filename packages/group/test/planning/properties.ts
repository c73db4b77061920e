import fc from 'fast-check'
import { written } from './notation.js'
import { simulate, type Planner, type SimulationOptions, type Truth } from './simulation.js'
import { anySituation, roll, shortListings } from './situations.js'
import { allServe, boundsHold } from './truths.js'

export interface Property {
  readonly name: string
  readonly situations: fc.Arbitrary<SimulationOptions>
  readonly truth?: Truth
}

export const properties: readonly Property[] = [
  { name: 'whatever happens, every plan keeps the rules, and the group comes to its end', situations: anySituation },
  { name: 'an update on a good day keeps its bounds at every moment', situations: roll, truth: boundsHold },
  { name: 'a listing that is short costs nobody who serves', situations: shortListings, truth: allServe },
]

/** The rule that a planner breaks in a situation; `undefined` when it breaks none. One that throws breaks one. */
export function verdict(options: SimulationOptions, planner?: Planner, truth?: Truth): string | undefined {
  try {
    return simulate(options, planner, truth)?.rule
  } catch (error) {
    return `plans at all, but: ${String(error)}`
  }
}

export interface Found {
  readonly rule: string
  /** The smallest situation that shows it, as it is kept. */
  readonly situation: string
  readonly seed: number
}

/** Looks for a situation in which a planner breaks a rule. */
export function search(
  { situations, truth }: Property,
  { runs, seed, planner }: { runs: number; seed?: number; planner?: Planner },
): Found | undefined {
  const property = fc.property(situations, (options) => verdict(options, planner, truth) === undefined)
  const result = fc.check(property, { numRuns: runs, ...(seed === undefined ? {} : { seed }) })
  if (!result.failed || result.counterexample === null) return undefined
  const [options] = result.counterexample
  return { rule: verdict(options, planner, truth) ?? '', situation: written(options), seed: result.seed }
}
