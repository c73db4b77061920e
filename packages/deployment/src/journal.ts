import { kindOf, messageOf, type DeploymentPlan, type StepState, type TxnOperation } from '@infrakit/spi'
import { keys } from './names.js'
import type { Ports } from './ports.js'
import type { Journal, Said } from './records.js'
import { Deposed, type Tenure } from './tenure.js'

/** How many deployments are remembered. */
const keptDeployments = 20
/** Between two attempts to write while the registry cannot be reached (ms). */
const retryMs = 250

/**
 * The durable record of one deployment: what was written is in the registry, and was written while the lease was held.
 * What cannot be written is tried again for as long as the lease is.
 */
export class JournalKeeper {
  #journal: Journal
  #turn: Promise<unknown> = Promise.resolve()

  constructor(
    journal: Journal,
    readonly plan: DeploymentPlan,
    private readonly ports: Ports,
    private readonly tenure: Tenure,
    /** Called with what keeps it from being written, each time. */
    private readonly troubled: (error: unknown) => void = () => undefined,
  ) {
    this.#journal = journal
  }

  get journal(): Journal {
    return this.#journal
  }

  /** Writes it down for the first time, with its plan. */
  async open(): Promise<void> {
    const { Service } = this.plan
    const plan = this.ports.json.stringify({ Number: this.#journal.Number, Plan: this.plan })
    await this.#write((now) => now, [{ Put: { Key: keys.plan(Service), Value: plan } }], 'begin')
  }

  /** The step was begun, or is being taken back; those before and after it follow from the direction. */
  async at(At: number, change: Partial<Journal> = {}): Promise<void> {
    const { Direction } = { ...this.#journal, ...change }
    const next = (now: Journal) => this.#dated({ ...now, ...change, At })
    await this.#write(next, [], `${Direction}/${this.plan.Steps[At]?.Name ?? 'end'}`)
  }

  /** Remembers something beside the steps. */
  async note(change: Partial<Journal>): Promise<void> {
    await this.#write((now) => ({ ...now, ...change }), [], 'note')
  }

  /** Remembers what people have said, unless all is over. */
  async say(change: (before: Said) => Said): Promise<void> {
    await this.#write((now) => (now.Direction === 'ended' ? undefined : { ...now, Said: change(now.Said) }), [], 'said')
  }

  /** In one transaction: the release is recorded, and the journal says so. */
  async record(operations: readonly TxnOperation[]): Promise<void> {
    await this.#write((now) => ({ ...now, Recorded: true }), operations, 'record')
  }

  /** The deployment has ended; it becomes part of the history. */
  async end(State: 'succeeded' | 'reverted'): Promise<void> {
    const { Service } = this.plan
    const Ended = this.ports.clock.date().toISOString()
    const dated = this.#dated({ ...this.#journal, At: State === 'succeeded' ? this.plan.Steps.length : -1 })
    const Report = { ...dated.Report, State, Ended, Doing: null }
    const forgotten = dated.Number - keptDeployments
    await this.#write(
      ({ Said }) => ({ ...dated, Said, Direction: 'ended', Report }),
      [
        { Put: { Key: keys.history(Service, dated.Number), Value: this.ports.json.stringify(Report) } },
        { Delete: { Key: keys.plan(Service) } },
        ...(forgotten > 0
          ? [{ Delete: { Key: keys.history(Service, forgotten) } }, { Delete: { Key: keys.log(Service, forgotten) } }]
          : []),
      ],
      'end',
    )
  }

  /** The report with the steps' states as they follow from where the journal is. */
  #dated(next: Journal): Journal {
    const now = this.ports.clock.date().toISOString()
    const Steps = next.Report.Steps.map((step, at) => {
      const State = stateOf(step.State, at, next)
      if (State === step.State) return step
      const began = State === 'running' || State === 'undoing'
      return { ...step, State, ...(began ? { Began: now, Ended: null } : { Ended: now }) }
    })
    return { ...next, Report: { ...next.Report, Steps } }
  }

  /** One after the other, for each is made from the one before. Writes nothing when `change` answers nothing. */
  #write(change: Change, others: readonly TxnOperation[], moment: string): Promise<void> {
    const work = () => this.#writeNow(change(this.#journal), others, moment)
    const turn = this.#turn.then(work, work)
    this.#turn = turn
    return turn
  }

  async #writeNow(next: Journal | undefined, others: readonly TxnOperation[], moment: string): Promise<void> {
    if (!next) return
    const { registry } = await this.ports.registry()
    const Value = this.ports.json.stringify(next)
    const Operations = [{ Put: { Key: keys.journal(this.plan.Service), Value } }, ...others]
    this.ports.failpoint(`journal/${moment}/before`)
    for (;;) {
      this.tenure.require()
      try {
        await registry.txn({ Operations, Lease: this.tenure.token, Fence: this.tenure.fence })
        break
      } catch (error) {
        this.tenure.require()
        if (kindOf(error) === 'conflict') throw new Deposed(messageOf(error))
        if (!['unavailable', 'timeout', 'plugin-failed', 'not-found'].includes(kindOf(error))) throw error
        this.troubled(error)
        this.ports.log.warn({ service: this.plan.Service, error: messageOf(error) }, 'the journal cannot be written')
        await this.ports.clock.sleep(retryMs, this.tenure.signal)
      }
    }
    this.#journal = next
    this.ports.failpoint(`journal/${moment}/after`)
  }
}

/** The journal as it is to be from now on. */
type Change = (now: Journal) => Journal | undefined

function stateOf(before: StepState, at: number, { At, Direction }: Journal): StepState {
  if (Direction === 'back') {
    if (at > At) return before === 'waiting' ? 'waiting' : 'undone'
    return at === At ? 'undoing' : before
  }
  if (at < At) return before === 'undone' || before === 'undoing' ? 'undone' : 'done'
  return at === At ? 'running' : before
}
