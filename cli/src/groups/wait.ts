import { InfrakitError, kindOf, type Group, type GroupDescription } from '@infrakit/spi'
import type { Context } from '../context.js'
import { createProgress, type Progress } from '../output/progress.js'
import { followChanges, type Changes } from './changes.js'
import { connectGroup, findRevisions } from './connect.js'
import { judge, rolledBack, type Awaited } from './judge.js'

/** Time between two looks at a group that tells nothing by itself (ms): soon at first, then less often. */
const looks = { first: 50, last: 500 } as const
/** How long a group plugin may be away, being restarted, before waiting for its group is given up (ms). */
const absence = 60_000

/** One wait for one group: what it follows and where it tells of it. Begin it before the change that is waited for. */
export interface Watch {
  readonly progress: Progress
  /** Waits until the group is as asked. Throws when it cannot get there by itself. */
  converged(wanted: Awaited): Promise<GroupDescription>
  /** Waits until the plugin knows the group no more. */
  gone(id: string): Promise<void>
  close(): void
}

/** @param timeoutMs after which waiting ends with `timeout`; what was begun goes on */
export async function watchGroup(context: Context, id: string, timeoutMs?: number): Promise<Watch> {
  const group = await connectGroup(context)
  const progress = createProgress(process.stderr, { silent: context.json || context.quiet })
  const changes = await followChanges(context, id, (message) => progress.show(`${id}: ${message}`))
  const interrupted = () => {
    progress.end()
    context.note(`not waiting any longer; what was begun goes on: infrakit group describe ${id}`)
    process.kill(process.pid, 'SIGINT')
  }
  process.once('SIGINT', interrupted)
  const end = timeoutMs === undefined ? Infinity : performance.now() + timeoutMs
  const look = createLook(group, id, progress, changes, end)
  return {
    progress,
    async converged(wanted) {
      const description = await awaitConverged(context, look, wanted)
      await changes.quiet()
      return description
    },
    gone: () => awaitGone(look),
    close() {
      process.removeListener('SIGINT', interrupted)
      changes.close()
      progress.end()
    },
  }
}

/** A description of the group; the next call waits for a change first. `undefined` while the plugin is away. */
type Look = () => Promise<GroupDescription | undefined>

function createLook(group: Group, id: string, progress: Progress, changes: Changes, end: number): Look {
  let wait = 0
  let away: number | undefined
  let shown = ''
  return async () => {
    if (wait > 0) await changes.next(Math.min(wait, Math.max(1, end - performance.now())))
    if (performance.now() >= end) throw stillWaiting(id)
    wait = Math.min(looks.last, Math.max(looks.first, wait * 2))
    try {
      const { Description } = await group.describeGroup({ ID: id })
      away = undefined
      const doing = changes.told ? '' : describeActivities(Description)
      if (doing && doing !== shown) progress.show(`${id}: ${(shown = doing)}`)
      return Description
    } catch (error) {
      if (kindOf(error) !== 'unavailable') throw error
      if (away === undefined) progress.show(`${id}: the group plugin is away, waiting for it`)
      away ??= performance.now()
      if (performance.now() - away > absence) throw error
      return undefined
    }
  }
}

async function awaitConverged(context: Context, look: Look, wanted: Awaited): Promise<GroupDescription> {
  let failure: string | undefined
  for (;;) {
    const description = await look()
    if (!description) continue
    failure = description.LastFailure?.Message ?? failure
    const verdict = judge(description, wanted)
    if (verdict.outcome === 'done') return description
    if (verdict.outcome === 'failed') throw verdict.error
    if (verdict.outcome !== 'outdated') continue
    const active = await activeRevision(context, wanted.id).catch(unlessUnavailable)
    if (active !== undefined && active < (wanted.revision ?? 0)) throw rolledBack(wanted.id, active, failure)
  }
}

async function awaitGone(look: Look): Promise<void> {
  try {
    for (;;) await look()
  } catch (error) {
    if (kindOf(error) === 'not-found' || isUnwatched(error)) return
    throw error
  }
}

/** Being restarted is no reason to give up. */
function unlessUnavailable(error: unknown): undefined {
  if (kindOf(error) !== 'unavailable') throw error
}

/** The original has one code for every error; its words tell. */
function isUnwatched(error: unknown): boolean {
  return error instanceof InfrakitError && /is not being watched/.test(error.message)
}

/** The revision in force; `undefined` when the plugin keeps none. */
async function activeRevision(context: Context, id: string): Promise<number | undefined> {
  const revisions = await findRevisions(context)
  const history = await revisions?.history({ ID: id })
  return history?.Revisions.find((one) => one.Active)?.Revision
}

function describeActivities({ Activities }: GroupDescription): string {
  return (Activities ?? [])
    .map((one) => `${one.Action} ${one.Instance ?? one.LogicalID ?? ''}`.trim() + `: ${one.Reason}`)
    .join('; ')
}

function stillWaiting(id: string): InfrakitError {
  return new InfrakitError(
    'timeout',
    `group ${id} did not get there in the time given; it goes on without being waited for`,
    {
      hint: `see 'infrakit group describe ${id}'`,
    },
  )
}
