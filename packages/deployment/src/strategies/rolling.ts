import { InfrakitError } from '@infrakit/spi'
import { activeOf, recordOf, type Candidate, type Facts } from '../facts.js'
import { bringTo, hookSteps, pullSteps, route, testSteps } from '../steps.js'
import { restingTraffic, sharedTraffic, whole } from '../traffic-plan.js'
import { besides } from './besides.js'
import { endingSteps, type Draft } from './ending.js'

/**
 * The old release's instances become the new one's, a few at a time: the group plugin replaces them, and each enters and
 * leaves the proxies by way of the group's flavor. The first release is made as blue-green makes it.
 */
export function rolling(facts: Facts, candidate: Candidate): Draft {
  const old = activeOf(facts)
  if (!old) return besides(facts, candidate)
  if (testSteps(candidate, 'pre').length > 0) {
    throw new InfrakitError('input', 'Tests.Pre: a rolling update has no release beside the old one to test', {
      path: 'Tests.Pre',
      hint: 'use Tests.Post, or the strategy blue-green',
    })
  }
  const { record, group, size } = candidate
  const before = recordOf(facts, old.Release)
  const ending = endingSteps(facts, candidate, { inPlace: true })
  const steps = [
    ...pullSteps(facts, candidate),
    ...hookSteps(candidate, 'start', 'before'),
    {
      Name: 'update',
      Text: `Replace the instances of ${group} by those of release ${record.Release}, a few at a time`,
      UndoText: `make them those of release ${old.Release} again`,
      Do: bringTo(facts, record, { group, size }),
      Undo: bringTo(facts, before, { group, size: old.Scale }),
    },
    ...hookSteps(candidate, 'start', 'after'),
    ...hookSteps(candidate, 'switch', 'before'),
    {
      Name: 'switch',
      Text: `Make the routes those of release ${record.Release}`,
      UndoText: `make them those of release ${old.Release}`,
      Do: [route(facts, record, { ...sharedTraffic(candidate, facts.traffic, whole) }, group)],
      Undo: [route(facts, record, facts.traffic ?? null, null)],
    },
    ...hookSteps(candidate, 'switch', 'after'),
    ...ending.steps,
    {
      Name: 'settle',
      Text: 'Remove routes that the new release does not have',
      Do: [route(facts, record, restingTraffic(candidate), null)],
      Undo: [],
    },
  ]
  return { steps, warnings: ending.warnings }
}
