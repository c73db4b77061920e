import type { Step } from '../actions.js'
import { activeOf, type Candidate, type Facts } from '../facts.js'
import { retire, type RetirementOptions } from '../retirement.js'
import { instances } from '../scale.js'
import { settingsOf } from '../settings.js'
import { converge, hookSteps, route, testSteps, watchStep } from '../steps.js'
import { restingTraffic } from '../traffic-plan.js'

/** What a strategy makes. */
export interface Draft {
  readonly steps: readonly Step[]
  readonly warnings: readonly string[]
}

/** From the moment when the new release has all requests: tests, the record, and the end of the old release. */
export function endingSteps(facts: Facts, candidate: Candidate, options: RetirementOptions = {}): Draft {
  const { record, group, size } = candidate
  const retirement = retire(facts, candidate, options)
  const steps: Step[] = [
    ...testSteps(candidate, 'post'),
    ...(settingsOf(record.Spec).watched && !isRollback(candidate) ? [watchStep(facts, candidate, '100%')] : []),
    ...hookSteps(candidate, 'record', 'before'),
    {
      Name: 'record',
      Text: `See that all is still healthy, and record release ${record.Release} (${candidate.colour}, ${instances(size)}) as the active one`,
      Do: [
        converge(record, group, size),
        { Type: 'record', State: retirement.state, Put: stored(facts, candidate), Delete: retirement.forgotten },
      ],
      Undo: [],
    },
    ...hookSteps(candidate, 'record', 'after'),
    ...drainStep(facts, candidate, options.inPlace ?? false),
    ...hookSteps(candidate, 'retire', 'before'),
    ...(retirement.actions.length > 0
      ? [{ Name: 'retire', Text: retirement.text, Do: retirement.actions, Undo: [] }]
      : []),
    ...hookSteps(candidate, 'retire', 'after'),
  ]
  return { steps, warnings: retirement.warnings }
}

/** What was active before is known: it is not watched again. */
function isRollback({ kept }: Candidate): boolean {
  return kept !== undefined
}

/** What is kept of a release: its tests too, though it may be made active without them. */
function stored(facts: Facts, { record, kept }: Candidate) {
  return kept ? (facts.records.get(record.Release) ?? record) : record
}

function drainStep(facts: Facts, candidate: Candidate, inPlace: boolean): Step[] {
  const [old, before] = [activeOf(facts), facts.traffic]
  if (!old || !before || inPlace) return []
  const { DrainSeconds, Proxies } = before
  const Text =
    Proxies.length > 0
      ? `Take release ${old.Release} out of the proxies and wait until nothing is in flight (at most ${DrainSeconds}s)`
      : `Take release ${old.Release} out of the catalogue`
  return [
    {
      Name: 'drain',
      Text,
      Do: [
        route(facts, candidate.record, restingTraffic(candidate), null),
        { Type: 'drain', Traffic: before, Group: old.Group },
      ],
      Undo: [],
    },
  ]
}
