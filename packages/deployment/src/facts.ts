import type { Colour, DeploymentSpec, ReleaseReport } from '@infrakit/spi'
import type { ReleaseRecord, ServiceState, Traffic } from './records.js'

/** The world as far as a plan depends on it. */
export interface Facts {
  readonly service: string
  readonly site: string
  /** Name of the deployment plugin, which is the flavor of the groups it makes. */
  readonly hook: string
  readonly state?: ServiceState
  readonly traffic?: Traffic
  /** Of all releases that are kept. */
  readonly records: ReadonlyMap<number, ReleaseRecord>
  readonly lastRelease: number
  /** Instance plugins that can stop what they made, of those concerned. */
  readonly stoppable: ReadonlySet<string>
  /** Instance plugins that can fetch what instances are made of, of those concerned. */
  readonly pulling: ReadonlySet<string>
  readonly basis: Readonly<Record<string, number>>
  readonly warnings: readonly string[]
}

/** What is to become active. */
export interface Candidate {
  readonly record: ReleaseRecord
  readonly colour: Colour
  readonly group: string
  readonly size: number
  /** The size that stands in its file. */
  readonly written: number
  /** What is there of it already. */
  readonly kept?: ReleaseReport
}

/** The release that is active, if there is one. */
export function activeOf({ state }: Facts): ReleaseReport | undefined {
  return state?.Releases.find(({ Release }) => Release === state.Active)
}

export function recordOf(facts: Facts, release: number): ReleaseRecord {
  const record = facts.records.get(release)
  if (!record) throw new Error(`release ${release} of '${facts.service}' is recorded and has no specification`)
  return record
}

export function groupPluginOf({ Group }: DeploymentSpec): string {
  return Group.Plugin ?? 'group'
}
