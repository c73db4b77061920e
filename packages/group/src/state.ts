import { InfrakitError, type GroupFailure, type GroupSpec, type Opaque } from '@infrakit/spi'
import { opaque, parseInput } from '@infrakit/spi/schemas'

/** What names in a specification stood for when it was committed. */
export interface Resolved {
  readonly Instance?: Opaque
  readonly Flavor?: Opaque
}

/** A committed specification. Never rewritten. */
export interface StoredRevision {
  readonly Revision: number
  /** RFC 3339. */
  readonly Committed: string
  readonly Spec: GroupSpec
  readonly Resolved?: Resolved
  readonly ConfigHash: string
}

/** A provision that was begun: the instance is looked for by this key until it is found or the key is used again. */
export interface PendingProvision {
  readonly Key: string
  readonly LogicalID?: string
  readonly ConfigHash: string
}

/** All that has to survive of a group. One file; written whole. */
export interface GroupState {
  readonly ID: string
  readonly Revisions: readonly StoredRevision[]
  readonly Active: number
  readonly SizeOverride?: number
  /** A tombstone: the group is being destroyed. */
  readonly Destroying?: boolean
  readonly Doomed?: readonly string[]
  readonly Halted?: { readonly Reason: string; readonly At: string }
  /** The update that was undone by itself: told until somebody commits something else, and not undone a second time. */
  readonly RolledBack?: { readonly Reason: string; readonly At: string }
  /** The newest revision that converged. */
  readonly LastGood?: number
  readonly Pending: readonly PendingProvision[]
  readonly LastFailure?: GroupFailure
  /** What was left of the update's deadline when this was written, and in which boot. */
  readonly Deadline?: { readonly RemainingMs: number; readonly Boot: string }
}

/** How many revisions are kept. */
export const keptRevisions = 10

/** Checks what was read back. Throws `input` when it is not a group's state: better to stop than to start from nothing. */
export function checkState(value: unknown, key: string): GroupState {
  const state = value as GroupState
  const sound =
    typeof state === 'object' &&
    state !== null &&
    typeof state.ID === 'string' &&
    Array.isArray(state.Revisions) &&
    Array.isArray(state.Pending) &&
    state.Revisions.some((revision: StoredRevision) => revision.Revision === state.Active)
  if (!sound)
    parseInput(
      opaque.refine(() => false, 'this is not the state of a group'),
      value,
      { source: key },
    )
  return state
}

export function activeRevision(state: GroupState): StoredRevision {
  const active = state.Revisions.find((revision) => revision.Revision === state.Active)
  if (!active) throw new Error(`group '${state.ID}' has no revision ${state.Active}`)
  return active
}

/** The state after one more revision: it becomes active, the oldest go, but never the last good one. */
export function withRevision(state: GroupState, revision: StoredRevision): GroupState {
  const { Halted: _halted, RolledBack: _undone, LastFailure: _failure, Deadline: _deadline, ...rest } = state
  const good = state.Revisions.filter((kept) => kept.Revision === state.LastGood)
  const others = state.Revisions.filter((kept) => kept.Revision !== state.LastGood)
  const kept = [...good, ...others.slice(good.length + 1 - keptRevisions), revision]
  kept.sort((a, b) => a.Revision - b.Revision)
  return { ...rest, Revisions: kept, Active: revision.Revision }
}

/** The state with another size in force; `committed` is the size that needs no override. */
export function withSize(state: GroupState, size: number, committed: number): GroupState {
  const { SizeOverride: _old, ...rest } = state
  return size === committed ? rest : { ...rest, SizeOverride: size }
}

/** The wanted revision, or the one before the active one. Throws `not-found`. */
export function pickRevision(state: GroupState, wanted: number | undefined): StoredRevision {
  const older = state.Revisions.filter((revision) => revision.Revision < state.Active).at(-1)
  const found = wanted === undefined ? older : state.Revisions.find((revision) => revision.Revision === wanted)
  if (found) return found
  const kept = state.Revisions.map((revision) => revision.Revision).join(', ')
  const what = wanted === undefined ? 'no revision before the active one' : `no revision ${wanted}`
  throw new InfrakitError('not-found', `Group '${state.ID}' has ${what}; it has ${kept}`, {
    hint: `infrakit group history ${state.ID}`,
  })
}
