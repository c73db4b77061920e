import type { ReleaseReport } from '@infrakit/spi'
import type { Action } from './actions.js'
import { activeOf, recordOf, type Candidate, type Facts } from './facts.js'
import type { GroupShape } from './group-spec.js'
import type { ServiceState } from './records.js'
import { settingsOf } from './settings.js'
import { commit, converge, dissolve } from './steps.js'

/** What becomes of a service's releases when another one is active. */
export interface Retirement {
  readonly state: ServiceState
  /** Releases that are forgotten. */
  readonly forgotten: readonly number[]
  /** Ends and stops what is no longer needed. */
  readonly actions: readonly Action[]
  readonly text: string
  readonly warnings: readonly string[]
}

export interface RetirementOptions {
  /** The new release has taken the place of the old one's instances. */
  readonly inPlace?: boolean
  /** The old release was stopped before, whatever is to become of old ones. */
  readonly stopped?: boolean
  /** Releases whose groups are gone already. */
  readonly vacated?: readonly number[]
}

/** Decides which old releases are kept, and how. */
export function retire(facts: Facts, candidate: Candidate, options: RetirementOptions = {}): Retirement {
  const { inPlace = false, vacated = [] } = options
  const settings = settingsOf(candidate.record.Spec)
  const old = activeOf(facts)
  const { Release } = candidate.record
  const gone = (kept: ReleaseReport) => vacated.includes(kept.Release) || kept.Release === Release
  const others = (facts.state?.Releases ?? []).filter((kept) => !gone(kept))
  const after = others.map((kept) => (kept === old ? retired(facts, candidate, kept, options) : kept))
  // What was replaced in place can be had again only in that place.
  const possible = after.filter((kept) => kept.State !== 'replaced' || kept.Group === candidate.group)
  const kept = possible.slice(0, settings.retain)
  const ended = after.filter((one) => !kept.includes(one))
  const active: ReleaseReport = {
    Release,
    Colour: candidate.colour,
    Group: candidate.group,
    Scale: candidate.size,
    State: 'active',
    // Filled in when it is recorded.
    Deployed: '',
    Strategy: settings.strategy,
  }
  const alive = new Set([active, ...kept].map(({ Group }) => Group))
  const dissolved = ended.filter(({ Group, State }) => State !== 'replaced' && !alive.has(Group))
  const stopped = kept.filter((one) => one.State === 'stopped' && one.Release === old?.Release)
  const parks = stopped.map((one) => park(facts, one))
  return {
    state: {
      Service: facts.service,
      Site: facts.site,
      Active: Release,
      Size: candidate.written,
      Releases: [active, ...kept],
    },
    forgotten: [...ended.map((one) => one.Release), ...vacated],
    // Those that stop do so while others are ended.
    actions: [
      ...parks.flatMap(([commit]) => (commit ? [commit] : [])),
      ...dissolved.flatMap((one) => {
        const now = one.Release === old?.Release && !options.stopped ? old : one
        return dissolve(facts, recordOf(facts, one.Release), shapeOf(now))
      }),
      ...parks.flatMap(([, ...waits]) => waits),
    ],
    text: textOf(
      stopped,
      dissolved,
      kept.filter(({ State }) => State === 'running'),
    ),
    warnings: cannotStop(facts, old, settings.retire === 'stop' && settings.retain > 0 && !inPlace),
  }
}

/** The group of a kept release as it is. */
export function shapeOf({ Group, Scale, State }: ReleaseReport): GroupShape {
  return { group: Group, size: Scale, stopped: State === 'stopped' }
}

/** Stops a release and keeps it. */
export function park(facts: Facts, { Release, Group, Scale }: ReleaseReport): Action[] {
  const record = recordOf(facts, Release)
  return [commit(facts, record, { group: Group, size: Scale, stopped: true }), converge(record, Group, Scale)]
}

export function isStoppable(facts: Facts, release: number): boolean {
  return facts.stoppable.has(recordOf(facts, release).Spec.Group.Instance.Plugin)
}

function retired(
  facts: Facts,
  candidate: Candidate,
  old: ReleaseReport,
  { inPlace, stopped }: RetirementOptions,
): ReleaseReport {
  const { retire: how } = settingsOf(candidate.record.Spec)
  if (stopped) return { ...old, State: 'stopped' }
  if (inPlace) return { ...old, State: 'replaced' }
  if (how === 'keep') return { ...old, State: 'running' }
  // One that is to be ended is never among those that are kept: it is as good as replaced.
  return { ...old, State: how === 'stop' && isStoppable(facts, old.Release) ? 'stopped' : 'running' }
}

function cannotStop(facts: Facts, old: ReleaseReport | undefined, wanted: boolean): string[] {
  if (!old || !wanted || isStoppable(facts, old.Release)) return []
  const { Plugin } = recordOf(facts, old.Release).Spec.Group.Instance
  return [`'${Plugin}' cannot stop instances and keep them: release ${old.Release} stays running, to go back to`]
}

function textOf(
  stopped: readonly ReleaseReport[],
  ended: readonly ReleaseReport[],
  running: readonly ReleaseReport[],
): string {
  const names = (releases: readonly ReleaseReport[]) =>
    `release${releases.length > 1 ? 's' : ''} ${releases.map(({ Release }) => Release).join(', ')}`
  const parts = [
    ...(stopped.length > 0 ? [`stop ${names(stopped)} and keep it`] : []),
    ...(ended.length > 0 ? [`destroy ${names(ended)}`] : []),
    ...(running.length > 0 ? [`keep ${names(running)} running`] : []),
  ]
  const text = parts.join(', ')
  return text === '' ? 'nothing to retire' : text.charAt(0).toUpperCase() + text.slice(1)
}
