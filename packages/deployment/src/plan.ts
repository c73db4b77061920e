import { InfrakitError, type DeploymentKind, type DeploymentPlan, type StrategyType } from '@infrakit/spi'
import type { Action, Step } from './actions.js'
import { activeOf, recordOf, type Candidate, type Facts } from './facts.js'
import { isStoppable, park, shapeOf } from './retirement.js'
import { scaled } from './scale.js'
import { settingsOf } from './settings.js'
import { bringTo, dissolve, route } from './steps.js'
import { besides } from './strategies/besides.js'
import { recreate } from './strategies/recreate.js'
import { rolling } from './strategies/rolling.js'
import { noTraffic } from './traffic-plan.js'

/**
 * What to do so that `candidate` becomes the active release. Pure: the same arguments, the same plan.
 *
 * Before its step `record` nothing is done that its undo does not take back, and the old release keeps its size; all that
 * cannot be taken back comes after. Throws `input` for what could not be taken back.
 */
export function planRelease(facts: Facts, candidate: Candidate): DeploymentPlan {
  const { strategy } = settingsOf(candidate.record.Spec)
  const active = activeOf(facts)
  const inPlace = active?.Group === candidate.group
  if (strategy === 'rolling' || inPlace) return finish(facts, candidate, 'deploy', rolling(facts, candidate))
  if (strategy === 'recreate' && active) return finish(facts, candidate, 'deploy', recreate(facts, candidate))
  return finish(facts, candidate, 'deploy', besides(facts, candidate))
}

/** The same with a release that is kept. A canary is not repeated: it is known. */
export function planRollback(facts: Facts, release: number | undefined, now: boolean): DeploymentPlan {
  const candidate = formerRelease(facts, release, now)
  const { strategy } = settingsOf(candidate.record.Spec)
  const inPlace = candidate.kept?.State === 'replaced'
  if (inPlace) return finish(facts, candidate, 'rollback', rolling(facts, candidate))
  if (strategy === 'recreate') return finish(facts, candidate, 'rollback', recreate(facts, candidate))
  return finish(facts, candidate, 'rollback', besides(facts, candidate, false))
}

/** Another size of the active release, which is remembered. */
export function planScale(facts: Facts, text: string): DeploymentPlan {
  const candidate = activeCandidate(facts)
  const size = scaled(text, candidate.size)
  const { record, group } = candidate
  const state = facts.state && {
    ...facts.state,
    Releases: facts.state.Releases.map((kept) => (kept.Release === record.Release ? { ...kept, Scale: size } : kept)),
  }
  if (!state) throw new Error('an active release without a state')
  const steps: Step[] = [
    {
      Name: 'scale',
      Text: `Scale ${group} from ${candidate.size} to ${size}`,
      UndoText: `scale it back to ${candidate.size}`,
      Do: bringTo(facts, record, { group, size }),
      Undo: bringTo(facts, record, { group, size: candidate.size }),
    },
    {
      Name: 'record',
      Text: `Record the size ${size}`,
      Do: [{ Type: 'record', State: state, Put: null, Delete: [] }],
      Undo: [],
    },
  ]
  const warnings = size === candidate.size ? [`it has ${size} already`] : []
  return finish(facts, { ...candidate, size }, 'scale', { steps, warnings })
}

/** Stops what old releases were kept running. */
export function planStopOld(facts: Facts): DeploymentPlan {
  const candidate = activeCandidate(facts)
  const running = (facts.state?.Releases ?? []).filter(({ State }) => State === 'running')
  const stoppable = running.filter(({ Release }) => isStoppable(facts, Release))
  const state = facts.state && {
    ...facts.state,
    Releases: facts.state.Releases.map((kept) =>
      stoppable.includes(kept) ? { ...kept, State: 'stopped' as const } : kept,
    ),
  }
  if (!state) throw new Error('an active release without a state')
  if (running.length === 0) {
    throw new InfrakitError('conflict', `No old release of '${facts.service}' is running`, {
      hint: `infrakit deployment describe ${facts.service} shows its releases`,
    })
  }
  const names = stoppable.map(({ Release }) => Release).join(', ')
  const steps: Step[] = [
    {
      Name: 'record',
      Text: `Record that ${names || 'none'} shall be stopped`,
      Do: [{ Type: 'record', State: state, Put: null, Delete: [] }],
      Undo: [],
    },
    ...stoppable.map((kept) => ({
      Name: `stop ${kept.Group}`,
      Text: `Stop release ${kept.Release} and keep it`,
      Do: park(facts, kept),
      Undo: [],
    })),
  ]
  const stubborn = running.filter((kept) => !stoppable.includes(kept))
  const warnings = stubborn.map(({ Release }) => `release ${Release} cannot be stopped and kept: it goes on running`)
  return finish(facts, candidate, 'stop-old', { steps, warnings })
}

/**
 * Ends the service: nothing is left of it but its history. Its record comes first, for instances that are gone cannot be had
 * back.
 */
export function planRemoval(facts: Facts): DeploymentPlan {
  const candidate = activeCandidate(facts)
  const { record } = candidate
  const { traffic } = facts
  const releases = (facts.state?.Releases ?? []).filter(({ State }) => State !== 'replaced')
  const draining: Action[] = traffic
    ? [
        route(facts, record, noTraffic(traffic), null),
        ...traffic.Shares.map(({ Group }) => ({ Type: 'drain' as const, Traffic: traffic, Group })),
      ]
    : []
  const steps: Step[] = [
    {
      Name: 'record',
      Text: `Record that there is no ${facts.service} any more`,
      Do: [{ Type: 'record', State: null, Put: null, Delete: [...facts.records.keys()] }],
      Undo: [],
    },
    {
      Name: 'drain',
      Text: `Take it out of the proxies and the catalogue, once nothing is in flight (at most ${traffic?.DrainSeconds ?? 0}s)`,
      Do: [...draining, route(facts, record, null, null)],
      Undo: [],
    },
    {
      Name: 'retire',
      Text: `Destroy ${releases.map(({ Group }) => Group).join(', ')}`,
      Do: releases.flatMap((one) => dissolve(facts, recordOf(facts, one.Release), shapeOf(one))),
      Undo: [],
    },
  ]
  return finish(facts, candidate, 'remove', { steps, warnings: [] })
}

function finish(
  facts: Facts,
  candidate: Candidate,
  Kind: DeploymentKind,
  { steps, warnings }: { steps: readonly Step[]; warnings: readonly string[] },
): DeploymentPlan {
  const twice = steps.find(({ Name }, at) => steps.findIndex((step) => step.Name === Name) !== at)
  if (twice) {
    throw new InfrakitError('input', `'${twice.Name}' is there twice: tests and hooks need names of their own`)
  }
  const Strategy: StrategyType = settingsOf(candidate.record.Spec).strategy
  return {
    Service: facts.service,
    Kind,
    Strategy,
    Release: candidate.record.Release,
    Colour: candidate.colour,
    From: facts.state?.Active ?? null,
    Group: candidate.group,
    Scale: candidate.size,
    Warnings: [...facts.warnings, ...warnings],
    Steps: steps.map((step) => ({ ...step })),
    Basis: { ...facts.basis },
  }
}

/** The active release as it is. Throws `not-found`. */
function activeCandidate(facts: Facts): Candidate {
  const active = activeOf(facts)
  if (!active || !facts.state) throw noRelease(facts.service)
  return {
    record: recordOf(facts, active.Release),
    colour: active.Colour,
    group: active.Group,
    size: active.Scale,
    written: facts.state.Size,
    kept: active,
  }
}

/** A kept release as it was when it was active. Throws `not-found`, naming those that are kept. */
function formerRelease(facts: Facts, release: number | undefined, now: boolean): Candidate {
  const { state } = facts
  if (!state) throw noRelease(facts.service)
  const kept = state.Releases.filter(({ Release }) => Release !== state.Active)
  const found = release === undefined ? kept[0] : kept.find(({ Release }) => Release === release)
  if (!found) {
    const which = kept.length === 0 ? 'none is kept' : `kept are ${kept.map(({ Release }) => Release).join(', ')}`
    const what = release === undefined ? 'There is no release to go back to' : `Release ${release} is not kept`
    const hint = release === state.Active ? 'it is the active one' : 'Retire.Retain says how many old releases are kept'
    throw new InfrakitError('not-found', `${what}: ${which} of '${facts.service}'`, { hint })
  }
  const record = recordOf(facts, found.Release)
  const { Tests: _tests, ...untested } = record.Spec
  return {
    record: now ? { ...record, Spec: untested } : record,
    colour: found.Colour,
    group: found.Group,
    size: found.Scale,
    written: record.Spec.Group.Size,
    kept: found,
  }
}

function noRelease(service: string): InfrakitError {
  return new InfrakitError('not-found', `Service '${service}' has no release`, {
    hint: 'infrakit deploy FILE makes the first one; infrakit deployment ls shows the services',
  })
}
