import type { Settings } from './settings.js'
import type { Desired, Member, Operation } from './situation.js'
import type { GroupState } from './state.js'

export interface Wish {
  readonly state: GroupState
  readonly settings: Settings
  /** The size in force. */
  readonly size: number
  readonly members: readonly Member[]
  readonly inFlight: readonly Operation[]
  /** Nothing is provisioned before (monotonic ms). */
  readonly provisionNotBefore: number
}

/** What is asked for, as the planner sees it. */
export function desiredOf({ state, settings, size, members, inFlight, provisionNotBefore }: Wish): Desired {
  const leaving = new Set(inFlight.filter(({ kind }) => kind === 'destroy').map(({ instance }) => instance))
  return {
    size,
    ...(settings.logicalIDs ? { logicalIDs: settings.logicalIDs } : {}),
    parked: settings.parked,
    destroying: state.Destroying ?? false,
    halted: state.Halted !== undefined,
    maxSurge: settings.maxSurge,
    maxUnavailable: settings.maxUnavailable,
    drain: settings.drain,
    provisionNotBefore,
    leavingIDs: members.flatMap(({ id, logicalID }) => (leaving.has(id) && logicalID !== undefined ? [logicalID] : [])),
  }
}
