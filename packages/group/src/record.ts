import { kindOf, messageOf } from '@infrakit/spi'
import type { Ports } from './ports.js'
import type { GroupState } from './state.js'

/** What to do about it; the store's errors say so as well. */
function hintOf(error: unknown): string {
  return error instanceof Error && 'hint' in error && typeof error.hint === 'string' ? error.hint : ''
}

/** What is written down of one group, and told to whoever listens. */
export class GroupRecord {
  #state: GroupState
  #saving: Promise<unknown> = Promise.resolve()
  #closed = false

  constructor(
    state: GroupState,
    private readonly ports: Ports,
    /** Adds what only the moment of writing knows. */
    private readonly complete: (state: GroupState) => GroupState,
  ) {
    this.#state = state
  }

  get state(): GroupState {
    return this.#state
  }

  /** Writes the next state, durably; nothing counts before it is written. Writes are serial. Throws what the store throws. */
  save(next: (state: GroupState) => GroupState): Promise<void> {
    const write = async () => {
      if (this.#closed) return
      const state = this.complete(next(this.#state))
      await this.ports.store.write(state.ID, state)
      this.#state = state
    }
    const saving = this.#saving.then(write)
    this.#saving = saving.catch(() => undefined)
    return saving
  }

  /** From now on nothing is written: the group is somebody else's, or nobody's. */
  close(): void {
    this.#closed = true
  }

  /** Resolves when nothing is being written. */
  async idle(): Promise<void> {
    await this.#saving
  }

  /** Says what was done. */
  tell(type: string, message: string): void {
    const { ID } = this.#state
    this.ports.log.info({ group: ID }, message)
    this.ports.publish({ Topic: `group/${ID}`, Type: type, ID, Message: message })
  }

  /** Remembers, logs and tells a failure that is tried again in `retryMs`. Never throws. */
  async fail(attempt: string, error: unknown, retryMs: number): Promise<void> {
    const { ID } = this.#state
    const hint = hintOf(error)
    const Message = `${attempt}: ${messageOf(error)}${hint === '' ? '' : ` (${hint})`}`
    this.ports.log.warn({ group: ID, kind: kindOf(error), retryMs: Math.round(retryMs) }, Message)
    this.ports.publish({ Topic: `group/${ID}`, Type: 'failure', ID, Message })
    const at = this.ports.clock.date()
    const LastFailure = {
      Message,
      At: at.toISOString(),
      RetryAt: new Date(at.getTime() + retryMs).toISOString(),
    }
    try {
      await this.save((state) => ({ ...state, LastFailure }))
    } catch (cause) {
      // The reason of the moment is still worth showing when the disk is full.
      this.#state = { ...this.#state, LastFailure }
      this.ports.log.warn({ group: ID, error: messageOf(cause) }, 'the state of the group could not be written')
    }
  }
}
