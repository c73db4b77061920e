import { InfrakitError, parseDuration, type GroupProperties, type GroupSpec } from '@infrakit/spi'
import { groupProperties, parseInput } from '@infrakit/spi/schemas'

/** A group's properties with every default filled in and every duration in milliseconds. */
export interface Settings {
  readonly properties: GroupProperties
  /** Size as committed. */
  readonly size: number
  /** Given for pets; `size` is then their number. */
  readonly logicalIDs: readonly string[] | undefined
  readonly parked: boolean
  readonly maxSurge: number
  readonly maxUnavailable: number
  /** Consecutive healthy observations that make a new instance count. */
  readonly healthyCount: number
  /** Time a new instance must stay healthy to count; 0 when `healthyCount` decides. */
  readonly healthyMs: number
  /** Longest time without progress of an update; Infinity waits for ever. */
  readonly deadlineMs: number
  readonly onFailure: 'halt' | 'rollback'
  readonly drain: boolean
  readonly healthIntervalMs: number
  /** Infinity: unhealthy members are never replaced. */
  readonly unhealthyAfter: number
  /** Members on a host that cannot be reached count for so long; Infinity: until it is back. */
  readonly hostTimeoutMs: number
}

/** The original observed its groups this often; here it is how often a member's health is asked for. */
const defaultHealthInterval = '10s'
/** As Kubernetes' progressDeadlineSeconds. */
const defaultDeadline = '10m'
const defaultUnhealthyAfter = 3
/** Longer than a machine takes to restart its engine. */
const defaultHostTimeout = '60s'

function milliseconds(text: string | null | undefined, otherwise: string): number {
  return parseDuration(text ?? otherwise) ?? 0
}

function checkAllocation({ Size, LogicalIDs }: GroupProperties['Allocation']): void {
  const path = 'Properties.Allocation'
  // An empty list beside a size is how the original writes "no pets".
  if (Size == null && !LogicalIDs?.length) throw new InfrakitError('input', 'Allocation must not be blank', { path })
  if (Size && LogicalIDs?.length) throw new InfrakitError('input', 'Only one Allocation method may be used', { path })
  const twice = LogicalIDs?.find((id, at) => LogicalIDs.indexOf(id) !== at)
  if (twice !== undefined) {
    throw new InfrakitError('input', `${path}.LogicalIDs: '${twice}' is given more than once`, { path })
  }
}

/** Reads and checks a group's specification. Throws `input`, naming each wrong field with its path. */
export function readSettings(spec: GroupSpec): Settings {
  if (spec.ID === '') throw new InfrakitError('input', 'Group ID must not be blank', { path: 'ID' })
  const allocation = (spec.Properties as { Allocation?: unknown } | null | undefined)?.Allocation
  if (allocation == null) {
    throw new InfrakitError('input', 'Allocation must not be blank', { path: 'Properties.Allocation' })
  }
  const properties = parseInput(groupProperties, spec.Properties, { prefix: 'Properties' })
  checkAllocation(properties.Allocation)
  const { Allocation, Updating, Healing } = properties
  const logicalIDs = Allocation.LogicalIDs?.length ? Allocation.LogicalIDs : undefined
  const maxSurge = Updating?.MaxSurge ?? 0
  const maxUnavailable = Updating?.MaxUnavailable ?? (maxSurge > 0 && !logicalIDs ? 0 : 1)
  if (logicalIDs && maxUnavailable === 0) {
    const message =
      'Properties.Updating.MaxUnavailable: must be at least 1 with LogicalIDs: ' +
      'an identity cannot be given to a second instance while the first has it'
    throw new InfrakitError('input', message, { path: 'Properties.Updating.MaxUnavailable' })
  }
  return {
    properties,
    size: logicalIDs?.length ?? Allocation.Size ?? 0,
    logicalIDs,
    parked: Allocation.State === 'stopped',
    maxSurge,
    maxUnavailable,
    healthyCount: Updating?.Count || 1,
    healthyMs: milliseconds(Updating?.Duration, '0'),
    deadlineMs: milliseconds(Updating?.Deadline, defaultDeadline) || Infinity,
    onFailure: Updating?.OnFailure ?? 'halt',
    drain: Updating?.SkipBeforeInstanceDestroy !== 'drain',
    healthIntervalMs: Math.max(100, milliseconds(Healing?.Interval, defaultHealthInterval)),
    unhealthyAfter: (Healing?.UnhealthyAfter ?? defaultUnhealthyAfter) || Infinity,
    hostTimeoutMs: milliseconds(Healing?.HostTimeout, defaultHostTimeout) || Infinity,
  }
}
