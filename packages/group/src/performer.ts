import { kindOf, RemoteError, type InstanceDescription, type InstanceSpec } from '@infrakit/spi'
import { destroy, label, prepare, provision, start, stop, type Acting } from './act.js'
import { memberKey } from './backoff.js'
import type { Operations } from './operations.js'
import type { PendingProvisions } from './pending.js'
import type { Action } from './plan.js'
import type { Operation } from './situation.js'
import { isCurrent } from './target.js'

type Provision = Extract<Action, { kind: 'provision' }>
type Change = Exclude<Action, { kind: 'provision' | 'wait' }>

/** Hears what becomes of the actions. */
export interface Audience {
  /** Writes down the keys that are about to be used. Throws when that is impossible: then nothing is provisioned. */
  reserved(): Promise<void>
  born(id: string): void
  succeeded(key: string): void
  failed(attempt: string, key: string, error: unknown): Promise<void>
  tell(type: string, message: string): void
  /** An operation has ended, well or not. */
  ended(action: Action): void
  /** The instance plugin knows no labels. */
  cannotLabel(): void
  /** A member is about to be ended; it is not before this resolves. Never rejects. */
  ending(acting: Acting, description: InstanceDescription, reason: string): Promise<void>
  /** Whether the member may be serving. */
  serves(description: InstanceDescription): boolean
}

const done = { destroy: 'Destroyed', start: 'Started', stop: 'Stopped', label: 'Adopted' } as const

/** Begins what a plan says; everything begun runs on beside the passes. */
export class Performer {
  constructor(
    private readonly operations: Operations,
    private readonly pending: PendingProvisions,
    private readonly audience: Audience,
  ) {}

  async begin(acting: Acting, actions: readonly Action[], observed: readonly InstanceDescription[]): Promise<void> {
    const provisions = actions.filter((action) => action.kind === 'provision')
    const keys = this.pending.reserve(provisions, acting.target.hash)
    const reserved = keys.length === 0 ? Promise.resolve(true) : this.#reserved()
    const byID = new Map(observed.map((description) => [description.ID, description]))
    for (const action of actions) {
      if (action.kind === 'provision' || action.kind === 'wait') continue
      const description = byID.get(action.instance)
      // Whoever lacks an instance waits for its successor: what is ended meanwhile is not to compete with the way there.
      if (description) this.#change(acting, action, description, reserved)
    }
    for (const [at, action] of provisions.entries()) this.#provision(acting, action, keys[at] ?? '', reserved)
    await reserved
  }

  /** Whether the keys are written down. */
  async #reserved(): Promise<boolean> {
    try {
      await this.audience.reserved()
      return true
    } catch (error) {
      await this.audience.failed('could not write down what is to be created', 'provision', error)
      return false
    }
  }

  #provision(acting: Acting, action: Provision, key: string, reserved: Promise<boolean>): void {
    const { logicalID, reason } = action
    const operation: Operation = { kind: 'provision', key, reason, ...(logicalID === undefined ? {} : { logicalID }) }
    this.operations.begin(operation, async () => {
      try {
        const spec = await prepare(acting, key, logicalID)
        if (await reserved) await this.#make(acting, spec, key, reason)
        else this.pending.release(key)
      } catch (error) {
        if (mayHaveHappened(error)) this.pending.unanswered(key)
        else this.pending.release(key)
        await this.audience.failed('could not create an instance', 'provision', error)
      }
      this.audience.ended(action)
    })
  }

  async #make(acting: Acting, spec: InstanceSpec, key: string, reason: string): Promise<void> {
    const id = await provision(acting, spec, key)
    this.audience.born(id)
    this.audience.succeeded('provision')
    this.audience.tell('provision', `Created instance ${id}: ${reason}`)
  }

  #change(acting: Acting, action: Change, description: InstanceDescription, when: Promise<unknown>): void {
    const { kind, instance: id, reason } = action
    this.operations.begin({ kind, instance: id, reason }, async () => {
      try {
        await when
        await this.#carryOut(acting, action, description)
        this.audience.succeeded(memberKey(id))
        this.audience.tell(kind, `${done[kind]} instance ${id}: ${reason}`)
      } catch (error) {
        if (kind === 'label' && kindOf(error) === 'incompatible') this.audience.cannotLabel()
        else await this.audience.failed(`could not ${kind} instance ${id}`, memberKey(id), error)
      }
      this.audience.ended(action)
    })
  }

  async #carryOut(acting: Acting, action: Change, description: InstanceDescription): Promise<void> {
    if (action.kind === 'destroy') {
      await this.audience.ending(acting, description, action.reason)
      this.audience.tell('destroying', `Destroying instance ${action.instance}: ${action.reason}`)
      const context = isCurrent(acting.target, description) ? 'terminate' : 'rolling_update'
      return destroy(acting, description, { drain: action.drain, serving: this.audience.serves(description), context })
    }
    if (action.kind === 'stop') return stop(acting, description)
    return action.kind === 'start' ? start(acting, action.instance) : label(acting, action.instance)
  }
}

/** Whether a failed call may nevertheless have been carried out: unless the plugin itself says no, nobody knows. */
function mayHaveHappened(error: unknown): boolean {
  return !(error instanceof RemoteError) || ['unavailable', 'timeout', 'internal'].includes(kindOf(error))
}
