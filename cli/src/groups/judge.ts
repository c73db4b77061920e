import { InfrakitError, type GroupDescription } from '@infrakit/spi'

/** What is waited for. */
export interface Awaited {
  readonly id: string
  /** The revision that was committed; older ones say nothing about it. */
  readonly revision?: number | undefined
  /** How many instances there shall be; asked only of plugins that call themselves converged too early. */
  readonly size?: number | undefined
}

export type Verdict =
  | { readonly outcome: 'done' }
  | { readonly outcome: 'wait' }
  /** The description is of an older revision: the plugin has not taken over the new one, or has left it again. */
  | { readonly outcome: 'outdated' }
  | { readonly outcome: 'failed'; readonly error: InfrakitError }

/** Decides whether a group is where it was asked to be. Pure. */
export function judge(description: GroupDescription, { id, revision, size }: Awaited): Verdict {
  const { Status, Revision, Converged, Instances } = description
  if (Status === 'destroying') return failed('conflict', `group ${id} is being destroyed`)
  if (revision !== undefined && typeof Revision === 'number' && Revision < revision) return { outcome: 'outdated' }
  if (Status === 'halted') {
    const reason = description.LastFailure?.Message ?? 'the plugin gives no reason'
    return failed('plugin-failed', `update ${id} halted: ${reason}`, halted(id))
  }
  if (Status === 'parked') return { outcome: 'done' }
  if (!Converged) return { outcome: 'wait' }
  const early = !Status && size !== undefined && Instances.length !== size
  return { outcome: early ? 'wait' : 'done' }
}

/** The verdict on an update that the plugin took back. */
export function rolledBack(id: string, active: number, reason: string | undefined): InfrakitError {
  const why = reason ? `: ${reason}` : ''
  return new InfrakitError('plugin-failed', `update ${id} failed and revision ${active} is active again${why}`, {
    hint: `correct the cause and update again; 'infrakit group history ${id}' shows the revisions`,
  })
}

function halted(id: string): string {
  return `correct the cause and update again, or go back with 'infrakit group rollback ${id}'`
}

function failed(kind: 'conflict' | 'plugin-failed', message: string, hint?: string): Verdict {
  return { outcome: 'failed', error: new InfrakitError(kind, message, { hint }) }
}
