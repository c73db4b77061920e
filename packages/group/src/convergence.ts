import type { InstanceDescription } from '@infrakit/spi'
import type { GroupRecord } from './record.js'
import { sameMembers } from './same-members.js'

/** Whether a group is as it is declared, with which members; told once each time. */
export class Convergence {
  /** Nothing while it is not. */
  #members: readonly InstanceDescription[] | undefined
  /** Something was to be done since it was last told. */
  #isNews = false

  constructor(private readonly record: GroupRecord) {}

  /** Whether the group was last found converged, and with these members. */
  holds(listed: readonly InstanceDescription[]): boolean {
    return sameMembers(listed, this.#members)
  }

  /** Something is to be done. */
  lost(): void {
    this.#members = undefined
    this.#isNews = true
  }

  /**
   * Nothing is to be done. Whoever sees the group converged can rely on its being written down and told.
   *
   * @param isStillWanted a commit may come while it is written down
   */
  async reached(members: readonly InstanceDescription[], isStillWanted: () => boolean): Promise<void> {
    const { ID, LastFailure, LastGood, Active, Doomed, Pending } = this.record.state
    if (LastGood !== Active || LastFailure || Doomed?.length || Pending.length > 0) await this.#writeDown()
    if (!isStillWanted()) return
    if (this.#isNews) {
      this.#isNews = false
      this.record.tell('converged', `Group ${ID} has converged`)
    }
    this.#members = members
  }

  async #writeDown(): Promise<void> {
    const { Active } = this.record.state
    this.#isNews = true
    await this.record.save(({ LastFailure: _failure, Doomed: _doomed, Deadline: _deadline, ...state }) => ({
      ...state,
      LastGood: Active,
      Pending: [],
    }))
  }
}
