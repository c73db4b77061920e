import { health, type InstanceDescription } from '@infrakit/spi'
import { judge, type Acting } from './act.js'
import type { HealthWatch } from './health-watch.js'
import type { LastWords } from './last-words.js'
import type { Pace } from './pace.js'
import type { Clock } from './ports.js'

export interface ExaminerOptions {
  readonly health: HealthWatch
  readonly lastWords: LastWords
  readonly pace: Pace
  readonly clock: Clock
  /** How many actions are under way. */
  readonly unsettled: () => number
  /** Looks at the group now, or at the given time (monotonic ms). */
  readonly wake: (at?: number) => void
}

/** Asks the flavor about members when that is due, beside the passes, and has the group looked at when an answer is new. */
export class Examiner {
  #round: { readonly acting: Acting; readonly members: readonly InstanceDescription[] } | undefined

  constructor(private readonly options: ExaminerOptions) {}

  /** Asks about all who are due, and from now on about these. */
  examine(acting: Acting, members: readonly InstanceDescription[]): void {
    this.#round = { acting, members }
    for (const member of members) this.#ask(acting, member)
  }

  /** Asks about nobody until the next `examine`. */
  rest(): void {
    this.#round = undefined
  }

  /** The flavor tells that what it says of a member has changed, or, without an ID, that it may have of any. */
  hinted(id?: string): void {
    this.options.health.hinted(id)
    const { acting, members = [] } = this.#round ?? {}
    // No listing for it: who is a member has not changed.
    for (const member of members) if (acting && (id === undefined || member.ID === id)) this.#ask(acting, member)
  }

  #ask(acting: Acting, member: InstanceDescription): void {
    const { health: watch, clock, pace, unsettled, wake } = this.options
    if (member.State === 'stopped' || member.State === 'failed') return
    if (!watch.due(member.ID, clock.now())) return
    void this.#judge(acting, member).then(({ judgement, reason }) => {
      const { changed, next } = watch.judged(member.ID, judgement, reason, acting.target.settings, clock.now())
      if (changed) return wake(pace.next(watch.asking + unsettled()))
      wake(Math.max(clock.now() + 1, pace.shared(next)))
    })
  }

  async #judge(acting: Acting, member: InstanceDescription): ReturnType<typeof judge> {
    const { lastWords } = this.options
    const judged = await judge(acting, member)
    if (judged.judgement === health.healthy) lastWords.forget(member.ID)
    // Now: once it counts as unhealthy it may be gone at any moment.
    if (judged.judgement === health.unhealthy) {
      await lastWords.take(acting, member.ID, judged.reason ?? 'it is unhealthy')
    }
    return judged
  }
}
