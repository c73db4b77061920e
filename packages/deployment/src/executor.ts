import { InfrakitError, messageOf, type DeploymentFailure, type DeploymentStep } from '@infrakit/spi'
import type { Action } from './actions.js'
import type { Diagnosed } from './perform/diagnosis.js'
import type { JournalKeeper } from './journal.js'
import type { Clock, Log } from './ports.js'
import type { Said } from './records.js'
import { Deposed, type Tenure } from './tenure.js'

/** What carrying out an action needs beside it. */
export interface Performing {
  readonly tenure: Tenure
  readonly journal: JournalKeeper
  /** Aborted when the action is no longer wanted, or no longer ours to do. */
  readonly signal: AbortSignal
  /** Says what is done or waited for at this moment. */
  doing(text: string): void
  /** Keeps what a test wrote, and what else a person may want to read afterwards. */
  output(lines: readonly string[]): void
  /** Resolves when a person says that a canary may go on. */
  readonly promoted: Promise<void>
}

export interface ExecutorOptions {
  readonly journal: JournalKeeper
  readonly tenure: Tenure
  readonly perform: (action: Action, performing: Performing) => Promise<void>
  readonly steering: Steering
  readonly clock: Clock
  readonly log: Log
  readonly output: (lines: readonly string[]) => void
  /** Called whenever something changed that is worth telling. */
  readonly tell: (type: string, message: string) => void
  /** How long what comes after the record may take to succeed (ms). */
  readonly patienceMs: number
  /** Called before the end is written down. */
  readonly ended: () => Promise<void>
}

/** What people say to a deployment while it goes on. */
export class Steering {
  readonly #abort = new AbortController()
  #paused = false
  #go: (() => void) | undefined
  /** Steps that somebody promoted: one that has to be done again need not be promoted again. */
  readonly #promoted = new Set<string>()
  readonly #waiting = new Map<string, () => void>()
  /** What is done at this moment, in words. */
  doing: string | undefined

  get aborted(): AbortSignal {
    return this.#abort.signal
  }

  get paused(): boolean {
    return this.#paused
  }

  /** Does as it was said until now. */
  heed({ Paused = false, Promoted = [], Aborted }: Said): void {
    this.#paused = Paused && Aborted === undefined
    for (const step of Promoted) {
      this.#promoted.add(step)
      this.#waiting.get(step)?.()
    }
    if (Aborted !== undefined) this.#abort.abort(new InfrakitError('conflict', Aborted))
    if (!this.#paused) this.#go?.()
  }

  /** Resolves when the step is promoted. */
  promoted(step: string): Promise<void> {
    if (this.#promoted.has(step)) return Promise.resolve()
    return new Promise((resolve) => this.#waiting.set(step, resolve))
  }

  /** Resolves at once, or when a pause is over. */
  async mayGoOn(signal: AbortSignal): Promise<void> {
    while (this.#paused && !signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#go = resolve
        signal.addEventListener('abort', () => resolve(), { once: true })
      })
    }
  }
}

/** Between two attempts of what has to succeed, at first and at most (ms). */
const retry = { first: 250, most: 10_000 } as const

/**
 * Carries out a plan from where its journal stands, and answers how it ended. Before the record a failure takes back what
 * was done, newest first, for as long as it takes; after it what fails is tried again, and is left over when patience ends.
 *
 * Throws `Deposed` when the lease is lost: then whoever holds it goes on.
 */
export class Executor {
  constructor(private readonly options: ExecutorOptions) {}

  async run(): Promise<'succeeded' | 'reverted'> {
    const { journal, ended } = this.options
    const failure = journal.journal.Direction === 'forward' ? await this.#forward() : undefined
    if (failure) await this.#turnBack(failure)
    if (journal.journal.Direction === 'back') await this.#back()
    const outcome = journal.journal.Direction === 'back' ? 'reverted' : 'succeeded'
    await ended()
    await journal.end(outcome)
    return outcome
  }

  get #steps(): readonly DeploymentStep[] {
    return this.options.journal.plan.Steps
  }

  /** Answers what failed, if something did. */
  async #forward(): Promise<DeploymentFailure | undefined> {
    const { journal, steering, tenure, tell } = this.options
    const deadline = { at: Infinity }
    for (let at = Math.max(0, journal.journal.At); at < this.#steps.length; at++) {
      const step = this.#steps[at]
      if (!step) break
      await this.#checkPause()
      tenure.require()
      if (steering.aborted.aborted && !journal.journal.Recorded) return this.#failure(step, steering.aborted.reason)
      if (journal.journal.At !== at) await journal.at(at)
      tell('step', step.Text)
      const recorded = journal.journal.Recorded
      try {
        if (recorded) await this.#complete(step, deadline)
        else await this.#perform(step.Do as readonly Action[], steering.aborted)
      } catch (error) {
        if (error instanceof Deposed) throw error
        tenure.require()
        // It may have been the record itself whose answer was lost.
        if (!journal.journal.Recorded)
          return this.#failure(step, steering.aborted.aborted ? steering.aborted.reason : error)
        await this.#leave(step, error)
      }
    }
    return undefined
  }

  async #checkPause(): Promise<void> {
    const { steering, journal, tenure, tell } = this.options
    if (!steering.paused || journal.journal.Recorded) return
    await journal.note({ Report: { ...journal.journal.Report, State: 'paused' } })
    tell('paused', 'Paused before the next step')
    await steering.mayGoOn(AbortSignal.any([tenure.signal, steering.aborted]))
    tenure.require()
    await journal.note({ Report: { ...journal.journal.Report, State: 'running' } })
  }

  /** After the record: tries for as long as patience lasts. A user's command is run once: it said no. */
  async #complete(step: DeploymentStep, deadline: { at: number }): Promise<void> {
    const { clock, patienceMs, tenure } = this.options
    if (deadline.at === Infinity) deadline.at = clock.now() + patienceMs
    for (let wait: number = retry.first; ; wait = Math.min(retry.most, wait * 2)) {
      try {
        return await this.#perform(step.Do as readonly Action[])
      } catch (error) {
        if (error instanceof Deposed || isHook(step) || clock.now() + wait > deadline.at) throw error
        this.#troubled(step, error)
        await clock.sleep(wait, tenure.signal)
        tenure.require()
      }
    }
  }

  async #leave(step: DeploymentStep, error: unknown): Promise<void> {
    const { journal, tell } = this.options
    const left = `${step.Text}: ${messageOf(error)}`
    const { Report } = journal.journal
    await journal.note({ Report: { ...Report, Leftovers: [...(Report.Leftovers ?? []), left] } })
    tell('leftover', left)
  }

  async #turnBack(failure: DeploymentFailure): Promise<void> {
    const { journal, tell, output } = this.options
    const { At, Report } = journal.journal
    await journal.at(At, { Direction: 'back', Report: { ...Report, State: 'reverting', Failure: failure } })
    output([`${failure.Step} failed: ${failure.Message}`, ...(failure.Details ?? [])])
    tell('reverting', `${failure.Message}; taking back what was done`)
  }

  async #back(): Promise<void> {
    const { journal, tell } = this.options
    for (let at = journal.journal.At; at >= 0; at--) {
      const step = this.#steps[at]
      if (!step) continue
      const undo = step.Undo as readonly Action[]
      if (undo.length === 0) continue
      if (journal.journal.At !== at) await journal.at(at)
      tell('undo', `Taking back: ${step.UndoText ?? step.Text}`)
      await this.#untilDone(step, undo)
    }
  }

  async #untilDone(step: DeploymentStep, undo: readonly Action[]): Promise<void> {
    const { clock, tenure } = this.options
    for (let wait: number = retry.first; ; wait = Math.min(retry.most, wait * 2)) {
      try {
        return await this.#perform(undo)
      } catch (error) {
        if (error instanceof Deposed) throw error
        tenure.require()
        this.#troubled(step, error)
        await clock.sleep(wait, tenure.signal)
        tenure.require()
      }
    }
  }

  #troubled(step: DeploymentStep, error: unknown): void {
    const { log, journal, steering, tell } = this.options
    log.warn({ service: journal.plan.Service, step: step.Name, error: messageOf(error) }, 'tried again')
    steering.doing = `${step.Text}: tried again after: ${messageOf(error)}`
    tell('retry', steering.doing)
  }

  async #perform(actions: readonly Action[], aborted?: AbortSignal): Promise<void> {
    const { perform, tenure, journal, steering, output, tell } = this.options
    const signal = aborted ? AbortSignal.any([tenure.signal, aborted]) : tenure.signal
    const performing: Performing = {
      tenure,
      journal,
      signal,
      output,
      promoted: steering.promoted(journal.plan.Steps[journal.journal.At]?.Name ?? ''),
      doing(text) {
        if (steering.doing === text) return
        steering.doing = text
        tell('doing', text)
      },
    }
    steering.doing = undefined
    for (const action of actions) {
      tenure.require()
      if (aborted?.aborted) throw aborted.reason
      await perform(action, performing)
    }
    steering.doing = undefined
  }

  #failure(step: DeploymentStep, error: unknown): DeploymentFailure {
    const { details } = error as Partial<Diagnosed>
    const hint = error instanceof InfrakitError && error.hint ? ` (${error.hint})` : ''
    return { Step: step.Name, Message: `${messageOf(error)}${hint}`, ...(details ? { Details: [...details] } : {}) }
  }
}

function isHook({ Do }: DeploymentStep): boolean {
  return (Do as readonly Action[]).every(({ Type }) => Type === 'hook')
}
