import type { DescribeInstancesResult, InstanceDescription } from '@infrakit/spi'
import { memberKey, type Backoff } from './backoff.js'
import { isBootstrap } from './config-hash.js'
import type { HealthWatch } from './health-watch.js'
import type { Settings } from './settings.js'
import type { Condition, Member } from './situation.js'
import type { GroupState } from './state.js'
import { isCurrent, type Target } from './target.js'

/** Instances on a host that cannot be reached count as there for so long (ms). */
const hostTimeoutMs = 60_000

/** Turns what was listed into members as the planner sees them. */
export class Membership {
  #known = new Map<string, InstanceDescription>()
  /** Members that could not be seen, and since when (monotonic ms). */
  readonly #hidden = new Map<string, number>()
  readonly #unstartable = new Set<string>()
  #premature: readonly string[] = []
  #labels = true

  constructor(
    private readonly health: HealthWatch,
    private readonly backoff: Backoff,
  ) {}

  /**
   * Takes a listing: answers all members, those included that a host out of reach may still have. Unknown is not gone,
   * until it has been unknown for too long.
   *
   * @param began when the listing was asked for (monotonic ms); @param now when it had come
   */
  seen({ Descriptions, Unreachable }: DescribeInstancesResult, began: number, now: number): InstanceDescription[] {
    const current = new Map(Descriptions.map((description) => [description.ID, description]))
    for (const id of this.#hidden.keys()) if (current.has(id)) this.#hidden.delete(id)
    if (Unreachable?.length) this.#keepUnseen(current, now)
    else this.#hidden.clear()
    this.#known = current
    const ids = new Set(current.keys())
    this.#premature = this.health.retain(ids, began)
    this.backoff.retain(ids)
    for (const id of this.#unstartable) if (!ids.has(id)) this.#unstartable.delete(id)
    return [...current.values()]
  }

  /** Those that we made and that the last listing lacked before they were ever healthy. */
  get premature(): readonly string[] {
    return this.#premature
  }

  #keepUnseen(current: Map<string, InstanceDescription>, now: number): void {
    for (const [id, description] of this.#known) {
      if (current.has(id)) continue
      const since = this.#hidden.get(id) ?? now
      this.#hidden.set(id, since)
      if (now - since < hostTimeoutMs) current.set(id, description)
      else this.#hidden.delete(id)
    }
  }

  /** A stopped member that could not be started counts as failed. */
  gaveUpStarting(key: string): void {
    for (const { ID, State } of this.#known.values()) {
      if (State === 'stopped' && memberKey(ID) === key) this.#unstartable.add(ID)
    }
  }

  /** The instance plugin has no labels (as v0.1.0 of the original): what is adopted stays as it is. */
  cannotLabel(): void {
    this.#labels = false
  }

  newTarget(): void {
    this.#labels = true
    this.#unstartable.clear()
  }

  condition(description: InstanceDescription, settings: Settings): { condition: Condition; detail?: string } {
    if (description.State === 'stopped' && !settings.parked && this.#unstartable.has(description.ID)) {
      return { condition: 'failed', detail: 'it is stopped and cannot be started' }
    }
    return this.health.condition(description, settings)
  }

  conditions(listed: readonly InstanceDescription[], settings: Settings): [string, Condition][] {
    return listed.map((description) => [description.ID, this.condition(description, settings).condition])
  }

  judge(observed: readonly InstanceDescription[], state: GroupState, target: Target, now: number): Member[] {
    return observed.map((description) => {
      const { ID, LogicalID, Tags } = description
      const notBefore = this.backoff.notBefore(memberKey(ID))
      const bornAt = this.health.bornAt(ID)
      return {
        id: ID,
        current: isCurrent(target, description),
        ...this.condition(description, target.settings),
        adopt: this.#labels && isBootstrap(Tags),
        doomed: state.Doomed?.includes(ID) ?? false,
        hidden: this.#hidden.has(ID),
        unasked: !this.health.asked(ID),
        ...(LogicalID ? { logicalID: LogicalID } : {}),
        ...(bornAt === undefined ? {} : { bornAt }),
        ...(notBefore > now ? { notBefore } : {}),
      }
    })
  }
}
