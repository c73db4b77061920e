import { formatDuration } from '@infrakit/spi'
import type { Action } from './plan.js'
import type { Clock } from './ports.js'
import type { Settings } from './settings.js'
import type { Member } from './situation.js'
import { activeRevision, type GroupState } from './state.js'

/** Follows an update and says when it has made no progress for too long. */
export class UpdateWatch {
  /** When the update is given up (monotonic ms); Infinity while none is under way. */
  deadline = Infinity
  #best = { outdated: Infinity, healthy: -1 }
  /** What an earlier life of the process had left. */
  #inherited: number | undefined

  constructor(
    private readonly clock: Clock,
    state: GroupState,
  ) {
    const { Deadline } = state
    if (Deadline && Deadline.Boot === clock.boot) this.#inherited = Deadline.RemainingMs
  }

  /** A new state was taken over: the clock starts anew. */
  begin(state: GroupState): void {
    this.deadline = Infinity
    this.#best = { outdated: Infinity, healthy: -1 }
    if (!state.Deadline) this.#inherited = undefined
  }

  /** Notes how far the update is. An instance more that is current and healthy, or one outdated less, is progress. */
  progress(members: readonly Member[], state: GroupState, settings: Settings): 'on time' | 'too late' {
    if (!this.#isUpdating(state) || settings.deadlineMs === Infinity) {
      this.deadline = Infinity
      return 'on time'
    }
    const now = this.clock.now()
    const outdated = members.filter((member) => !member.current).length
    const healthy = members.filter((member) => member.current && member.condition === 'healthy').length
    const further = outdated < this.#best.outdated || healthy > this.#best.healthy
    if (further || this.deadline === Infinity) {
      this.#best = { outdated: Math.min(outdated, this.#best.outdated), healthy: Math.max(healthy, this.#best.healthy) }
      this.deadline = now + Math.min(settings.deadlineMs, this.#inherited ?? Infinity)
      this.#inherited = undefined
    }
    return now >= this.deadline ? 'too late' : 'on time'
  }

  /** Adds what is left of the deadline to a state that is about to be written. */
  remember(state: GroupState): GroupState {
    if (this.deadline === Infinity) return state
    const RemainingMs = Math.max(0, Math.round(this.deadline - this.clock.now()))
    return { ...state, Deadline: { RemainingMs, Boot: this.clock.boot } }
  }

  /** An update is under way while a configuration has yet to converge for the first time, and another one has before. */
  #isUpdating(state: GroupState): boolean {
    if (state.Halted || state.Destroying || state.LastGood === undefined) return false
    const good = state.Revisions.find((revision) => revision.Revision === state.LastGood)
    return state.LastGood !== state.Active && good?.ConfigHash !== activeRevision(state).ConfigHash
  }
}

/** The state after an update that made no progress: halted, or back at the last good revision, as the user chose. */
export function giveUp(
  state: GroupState,
  settings: Settings,
  actions: readonly Action[],
  date: Date,
): { state: GroupState; told: string } {
  const { Deadline: _deadline, ...rest } = state
  const waitingFor = actions.find((action) => action.kind === 'wait')?.reason
  const why = state.LastFailure?.Message ?? waitingFor
  const Reason =
    `the update to revision ${state.Active} made no progress for ${formatDuration(settings.deadlineMs)}` +
    (why === undefined ? '' : `: ${why}`)
  const At = date.toISOString()
  const { LastGood, RolledBack } = state
  if (settings.onFailure === 'halt' || LastGood === undefined || RolledBack !== undefined) {
    const told = `Halted: ${Reason}. Commit another specification, or roll back, to go on`
    return { state: { ...rest, Halted: { Reason, At } }, told }
  }
  const { LastFailure: _failure, ...undone } = rest
  return {
    state: {
      ...undone,
      Active: LastGood,
      RolledBack: { Reason: `rolled back to revision ${LastGood}: ${Reason}`, At },
    },
    told: `Rolling back to revision ${LastGood}: ${Reason}`,
  }
}
