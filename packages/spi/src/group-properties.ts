import type { Allocation, PluginConfig } from './common.js'

/** The `Properties` of a group's specification: what a user writes. Durations are Go's: `10s`, `1m30s`, `500ms`. */
export interface GroupProperties {
  Allocation: Allocation
  Instance: PluginConfig
  Flavor: PluginConfig
  Updating?: Updating | null
  Healing?: Healing | null
}

/** How an update goes. Not hashed. */
export interface Updating {
  /** Instances above the desired size an update may make. Default 0. */
  MaxSurge?: number | null
  /** Instances below the desired size an update or replacement may go. Default 1, or 0 when `MaxSurge` is given. */
  MaxUnavailable?: number | null
  /** Consecutive healthy observations that make a new instance count. Default 1. Excludes `Duration`. */
  Count?: number | null
  /** Time a new instance must stay healthy to count. Excludes `Count`. */
  Duration?: string | null
  /** Longest time without progress before `OnFailure` is done. Default `10m`; `0s` waits for ever. */
  Deadline?: string | null
  /** `halt` (default) stops where it is and says why; `rollback` makes the previous revision active again. */
  OnFailure?: 'halt' | 'rollback' | null
  /** `drain` skips `Flavor.Drain` before an instance is destroyed. */
  SkipBeforeInstanceDestroy?: 'drain' | '' | null
}

/** How the members' health is watched. Not hashed. */
export interface Healing {
  /** Time between two observations of a member's health. Default `10s`. */
  Interval?: string | null
  /** Consecutive unhealthy observations after which a member is replaced. Default 3; 0 never replaces. */
  UnhealthyAfter?: number | null
  /** Time for which members on a host that cannot be reached count as there. Default `60s`; `0s` waits for ever. */
  HostTimeout?: string | null
}
