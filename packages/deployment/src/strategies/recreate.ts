import type { Step } from '../actions.js'
import { activeOf, recordOf, type Candidate, type Facts } from '../facts.js'
import { isStoppable, park, shapeOf } from '../retirement.js'
import { bringTo, commit, converge, dissolve, drainOf, hookSteps, pullSteps, route, testSteps } from '../steps.js'
import { noTraffic, restingTraffic } from '../traffic-plan.js'
import { asBefore } from './besides.js'
import { endingSteps, type Draft } from './ending.js'

/** For what cannot run twice: the old release is stopped before the new one is made. Nobody serves meanwhile. */
export function recreate(facts: Facts, candidate: Candidate): Draft {
  const { record, group, size, kept } = candidate
  const old = activeOf(facts)
  if (!old) throw new Error('nothing to recreate')
  // What cannot be stopped and kept is gone by then.
  const stopped = isStoppable(facts, old.Release)
  const ending = endingSteps(facts, candidate, stopped ? { stopped } : { vacated: [old.Release] })
  const steps: Step[] = [
    ...pullSteps(facts, candidate),
    stopStep(facts, candidate),
    ...hookSteps(candidate, 'start', 'before'),
    {
      Name: 'start',
      Text: `Make ${size} instances as ${group} (${candidate.colour})`,
      UndoText: kept ? `make ${group} ${kept.State} again` : `destroy ${group}`,
      Do: [commit(facts, record, { group, size })],
      Undo: asBefore(facts, candidate),
    },
    { Name: 'healthy', Text: `Wait until all of ${group} are healthy`, Do: [converge(record, group, size)], Undo: [] },
    ...hookSteps(candidate, 'start', 'after'),
    ...testSteps(candidate, 'pre'),
    ...hookSteps(candidate, 'switch', 'before'),
    {
      Name: 'switch',
      Text: `Send all requests to release ${record.Release}`,
      UndoText: 'send them nowhere, and wait until nothing is in flight',
      Do: [route(facts, record, restingTraffic(candidate), group)],
      Undo: facts.traffic ? [route(facts, record, noTraffic(facts.traffic), null), drainOf(facts, candidate)] : [],
    },
    ...hookSteps(candidate, 'switch', 'after'),
    ...ending.steps,
  ]
  const warning = `no request is served from the stop of release ${old.Release} until release ${record.Release} is healthy`
  return { steps, warnings: [warning, ...ending.warnings] }
}

function stopStep(facts: Facts, { record }: Candidate): Step {
  const old = activeOf(facts)
  if (!old) throw new Error('nothing to stop')
  const before = recordOf(facts, old.Release)
  const { traffic } = facts
  const out = traffic
    ? [route(facts, record, noTraffic(traffic), null), { Type: 'drain' as const, Traffic: traffic, Group: old.Group }]
    : []
  const end = isStoppable(facts, old.Release) ? park(facts, old) : dissolve(facts, before, shapeOf(old))
  return {
    Name: 'stop old',
    Text: `Take release ${old.Release} out of the proxies and stop it`,
    UndoText: `start release ${old.Release} again and send it all requests`,
    Do: [...out, ...end],
    Undo: [
      ...bringTo(facts, before, { group: old.Group, size: old.Scale }),
      ...(traffic ? [route(facts, record, traffic, old.Group)] : []),
    ],
  }
}
