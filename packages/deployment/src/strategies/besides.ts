import type { Action, Step } from '../actions.js'
import { activeOf, recordOf, type Candidate, type Facts } from '../facts.js'
import { park, shapeOf } from '../retirement.js'
import { instances } from '../scale.js'
import { settingsOf } from '../settings.js'
import {
  bringTo,
  commit,
  converge,
  dissolve,
  drainOf,
  hookSteps,
  pullSteps,
  route,
  testSteps,
  watchStep,
} from '../steps.js'
import { sharedTraffic, whole } from '../traffic-plan.js'
import { endingSteps, type Draft } from './ending.js'

/**
 * Blue-green and canary: the new release is made beside the old one, which keeps its size and, until the switch, its
 * requests.
 *
 * @param gradual whether a canary's steps are done
 */
export function besides(facts: Facts, candidate: Candidate, gradual = true): Draft {
  const settings = settingsOf(candidate.record.Spec)
  const canary =
    gradual && settings.strategy === 'canary' && activeOf(facts) !== undefined && settings.shares.length > 0
  const first = canary && settings.byCount ? sizeFor(settings.shares[0] ?? 1, candidate.size) : candidate.size
  const vacating = vacateSteps(facts, candidate)
  const ending = endingSteps(facts, candidate, { vacated: vacating.releases })
  const steps = [
    ...pullSteps(facts, candidate),
    ...vacating.steps,
    ...hookSteps(candidate, 'start', 'before'),
    ...startSteps(facts, candidate, first),
    ...hookSteps(candidate, 'start', 'after'),
    ...testSteps(candidate, 'pre'),
    ...hookSteps(candidate, 'switch', 'before'),
    ...(canary ? canarySteps(facts, candidate) : []),
    ...(first < candidate.size ? [growStep(facts, candidate, 'grow', candidate.size)] : []),
    switchStep(facts, candidate),
    ...hookSteps(candidate, 'switch', 'after'),
    ...ending.steps,
  ]
  return { steps, warnings: [...vacating.warnings, ...ending.warnings] }
}

/** What has to go so that the new release can have its colour's name or port, and with it a release to go back to. */
function vacateSteps(facts: Facts, { record, kept }: Candidate) {
  const occupants = (facts.state?.Releases ?? []).filter(({ Release, State }) => {
    if (!record.Slot || Release === kept?.Release || State === 'active' || State === 'replaced') return false
    return recordOf(facts, Release).Slot === record.Slot
  })
  const steps: Step[] = occupants.map((one) => {
    const { Release, Group, Scale, State } = one
    const again = bringTo(facts, recordOf(facts, Release), { group: Group, size: Scale })
    return {
      Name: `vacate ${Group}`,
      Text: `Destroy ${State} release ${Release}: it has the slot '${record.Slot}' that the new one needs`,
      UndoText: `make release ${Release} again, ${State}`,
      Do: dissolve(facts, recordOf(facts, Release), shapeOf(one)),
      Undo: State === 'stopped' ? [...again, ...park(facts, one)] : again,
    }
  })
  const warnings = occupants.map(
    ({ Release }) => `release ${Release} cannot be gone back to any more: the new one takes its slot '${record.Slot}'`,
  )
  return { steps, warnings, releases: occupants.map(({ Release }) => Release) }
}

function startSteps(facts: Facts, candidate: Candidate, size: number): Step[] {
  const { record, group, kept } = candidate
  const made = `${instances(size)} as ${group}`
  return [
    {
      Name: 'start',
      Text: kept ? `Start release ${record.Release} again: ${made}` : `Make ${made} (${candidate.colour})`,
      UndoText: kept ? `make ${group} ${kept.State} again` : `destroy ${group}`,
      Do: [commit(facts, record, { group, size })],
      Undo: asBefore(facts, candidate),
    },
    registerStep(facts, candidate),
    {
      Name: 'healthy',
      Text: `Wait until all of ${group} are healthy, and every proxy could send them requests`,
      Do: [converge(record, group, size)],
      Undo: [],
    },
  ]
}

/** What makes the candidate's group what it was before it was started. */
export function asBefore(facts: Facts, candidate: Candidate): readonly Action[] {
  const { record, group, size, kept } = candidate
  if (!kept) return dissolve(facts, record, { group, size })
  return kept.State === 'stopped' ? park(facts, kept) : bringTo(facts, record, { group, size: kept.Scale })
}

/**
 * From here on each instance is entered as soon as it is healthy, while others still start: the switch has only weights to
 * change.
 */
function registerStep(facts: Facts, candidate: Candidate): Step {
  const { record, group } = candidate
  return {
    Name: 'register',
    Text: `Enter what is healthy of ${group} in ${whereTo(candidate)}, without requests`,
    UndoText: 'take it out again, and wait until nothing is in flight there',
    Do: [route(facts, record, sharedTraffic(candidate, facts.traffic, 0), null)],
    Undo: [backTo(facts, candidate), drainOf(facts, candidate)],
  }
}

/** All requests go where they went before. */
function backTo(facts: Facts, { record }: Candidate): Action {
  return route(facts, record, facts.traffic ?? null, null)
}

function whereTo({ record: { Spec } }: Candidate): string {
  const proxies = Spec.Proxies ?? []
  const catalogue = Spec.Catalogue === false ? [] : ['the catalogue']
  return [...proxies, ...catalogue].join(', ') || 'nothing'
}

function canarySteps(facts: Facts, candidate: Candidate): Step[] {
  const { record, group, size } = candidate
  const settings = settingsOf(record.Spec)
  const old = activeOf(facts)
  return settings.shares.flatMap((share, at): Step[] => {
    const percent = `${Math.round(share * 1000) / 10}%`
    const count = settings.byCount ? sizeFor(share, size) : size
    const real = settings.byCount ? count / (count + (old?.Scale ?? 0)) : share
    const grow = at > 0 && settings.byCount ? [growStep(facts, candidate, `grow to ${percent}`, count)] : []
    return [
      ...grow,
      {
        Name: `canary ${percent}`,
        Text: `Give release ${record.Release} ${Math.round(real * 1000) / 10}% of the requests`,
        UndoText: 'give the old release all requests',
        Do: [route(facts, record, sharedTraffic(candidate, facts.traffic, Math.round(real * whole)), group)],
        // Straight to where nothing of it is asked: what a failing canary gets meanwhile is lost.
        Undo: [backTo(facts, candidate)],
      },
      watchStep(facts, candidate, percent),
    ]
  })
}

function sizeFor(share: number, size: number): number {
  return Math.min(size, Math.max(1, Math.ceil(share * size)))
}

/** What it grew to goes with the group when that is taken back. */
function growStep(facts: Facts, { record, group }: Candidate, Name: string, size: number): Step {
  return { Name, Text: `Scale ${group} to ${size}`, Do: bringTo(facts, record, { group, size }), Undo: [] }
}

function switchStep(facts: Facts, candidate: Candidate): Step {
  const { record, group } = candidate
  const old = activeOf(facts)
  return {
    Name: 'switch',
    Text: `Send all requests to release ${record.Release}${old ? ` instead of ${old.Release}` : ''}`,
    UndoText: old ? `send all requests to release ${old.Release}` : 'take it out',
    Do: [route(facts, record, sharedTraffic(candidate, facts.traffic, whole), group)],
    Undo: [backTo(facts, candidate)],
  }
}
