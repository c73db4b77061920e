import type { GroupActivity, GroupFailure } from '@infrakit/spi'
import type { Action } from './plan.js'
import type { Settings } from './settings.js'
import type { Operation } from './situation.js'
import type { GroupState } from './state.js'

/** How a group fares, in one word of `GroupDescription.Status`. */
export function status(
  state: GroupState,
  settings: Settings,
  converged: boolean,
  actions: readonly Action[],
  unsettled: number,
): string {
  if (state.Destroying) return 'destroying'
  if (converged) return settings.parked ? 'parked' : 'converged'
  if (state.Halted) return 'halted'
  const waiting = state.LastFailure !== undefined || (actions.length > 0 && actions.every((a) => a.kind === 'wait'))
  return waiting && unsettled === 0 ? 'waiting' : 'working'
}

/** What is being done and what is waited for. */
export function activities(inFlight: readonly Operation[], actions: readonly Action[]): GroupActivity[] {
  const running = inFlight.map(({ kind, instance, logicalID, reason }) => ({
    Action: kind,
    Instance: instance ?? null,
    LogicalID: logicalID ?? null,
    Reason: reason ?? 'in progress',
  }))
  const waiting = actions.flatMap((action) =>
    action.kind === 'wait' ? [{ Action: 'wait', Instance: action.instance ?? null, Reason: action.reason }] : [],
  )
  return [...running, ...waiting]
}

/** What went wrong. An update that was halted or undone is not tried again by itself, and is told even when all is well. */
export function lastFailure({ Halted, LastFailure, RolledBack }: GroupState): GroupFailure | null {
  if (LastFailure && !Halted) return LastFailure
  const givenUp = Halted ?? RolledBack
  return givenUp ? { Message: givenUp.Reason, At: givenUp.At, RetryAt: null } : null
}
