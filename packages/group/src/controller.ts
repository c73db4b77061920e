import type { GroupDescription } from '@infrakit/spi'
import type { Acting } from './act.js'
import { Alarm } from './alarm.js'
import { Backoff } from './backoff.js'
import { Convergence } from './convergence.js'
import { desiredOf } from './desired.js'
import { Dissolution } from './dissolution.js'
import { FlapWatch } from './flap-watch.js'
import { Membership } from './membership.js'
import { Observer } from './observer.js'
import { Operations } from './operations.js'
import { PendingProvisions } from './pending.js'
import { Performer, type Audience } from './performer.js'
import { Pace } from './pace.js'
import { plan, type Action, type Plan } from './plan.js'
import type { Ports } from './ports.js'
import { Probing } from './probing.js'
import { GroupRecord } from './record.js'
import { sortedById } from './sorted-by-id.js'
import { sameMembers } from './same-members.js'
import { mayServe, type Member } from './situation.js'
import { activeRevision, type GroupState } from './state.js'
import { activities, lastFailure, status } from './status.js'
import { isCurrent, readTarget, type Target } from './target.js'
import { giveUp, UpdateWatch } from './update-watch.js'

/** How often a group looks again by itself: where events tell of changes, and where none do (ms). */
const resyncMs = { withEvents: 60_000, without: 10_000 } as const
/** A stopped member that could not be started so often counts as failed. */
const startAttempts = 3

/**
 * Keeps one group as declared. Level-triggered: each pass looks at all of desired and observed and computes what to do
 * from scratch; events only say when to look. Passes are serial; what they begin runs on beside them.
 */
export class GroupController {
  #target: Target
  #plan: Plan | undefined
  readonly #alarm: Alarm
  readonly #pace: Pace
  readonly #operations = new Operations()
  readonly #backoff: Backoff
  readonly #convergence: Convergence
  readonly #flaps: FlapWatch
  readonly #dissolution: Dissolution
  readonly #members: Membership
  readonly #observer: Observer
  readonly #pending: PendingProvisions
  readonly #performer: Performer
  readonly #probing: Probing
  readonly #record: GroupRecord
  readonly #update: UpdateWatch

  /** @param gone called once the group is destroyed and its state removed */
  constructor(
    state: GroupState,
    private readonly ports: Ports,
    gone: () => void,
  ) {
    this.#target = readTarget(activeRevision(state))
    this.#pace = new Pace(ports.clock)
    this.#alarm = new Alarm(ports.clock, () => this.#pass())
    this.#backoff = new Backoff(ports.random)
    this.#flaps = new FlapWatch(this.#backoff)
    this.#probing = new Probing({
      pace: this.#pace,
      clock: ports.clock,
      unsettled: () => this.#operations.unsettled,
      wake: (at) => this.wake(at),
    })
    this.#members = new Membership(this.#probing.health, this.#backoff)
    this.#observer = new Observer(state.ID, ports, this.#operations, this.#members, this.#pace, {
      changed: () => this.#hinted(),
      judged: (id) => this.#probing.hinted(id),
    })
    this.#pending = new PendingProvisions(state.Pending, ports.newKey)
    this.#update = new UpdateWatch(ports.clock, state)
    this.#record = new GroupRecord(state, ports, (next) => this.#update.remember(next))
    this.#convergence = new Convergence(this.#record)
    this.#performer = new Performer(this.#operations, this.#pending, this.#audience())
    this.#dissolution = new Dissolution({
      record: this.#record,
      operations: this.#operations,
      ports,
      wake: (at) => this.wake(at),
      stop: () => this.stop(),
      gone,
    })
  }

  get state(): GroupState {
    return this.#record.state
  }

  get target(): Target {
    return this.#target
  }

  /** The size in force. */
  get size(): number {
    return this.state.SizeOverride ?? this.#target.settings.size
  }

  /** Looks now, or at the given time (monotonic ms) if nothing comes sooner. The first call begins the work. */
  wake(at = 0): void {
    this.#alarm.wake(at)
  }

  /** Stops looking after the group; what was begun runs to its end. */
  async stop(): Promise<void> {
    this.#alarm.stop()
    this.#observer.stop()
    await this.#record.idle()
  }

  /** Stops looking after the group and forgets it. What was begun runs to its end; nothing of it is written any more. */
  async forget(): Promise<void> {
    await this.stop()
    this.#record.close()
    await this.ports.store.remove(this.state.ID)
  }

  /** Resolves when nothing that was begun runs any more. */
  idle(): Promise<void> {
    return this.#operations.idle()
  }

  /** Takes over a new state, durably, and acts on it. When it cannot be written nothing changes and it throws. */
  async change(next: (state: GroupState) => GroupState): Promise<void> {
    await this.#record.save(next)
    this.#target = readTarget(activeRevision(this.state))
    this.#backoff.clear()
    this.#convergence.lost()
    this.#update.begin(this.state)
    this.#members.newTarget()
    this.#probing.newInterval(this.#target.settings.healthIntervalMs)
    this.#plan = undefined
    this.wake()
  }

  /** What is there, freshly listed if that can be had, and what is being done about it. */
  async describe(): Promise<GroupDescription> {
    const { listed, complete } = await this.#observer.list(this.#target)
    if (complete && !sameMembers(listed, this.#observer.observed)) this.wake()
    const converged = complete && this.#convergence.holds(listed)
    const actions = this.#plan?.actions ?? []
    return {
      Instances: sortedById(listed),
      Converged: converged,
      Size: this.size,
      Status: status(this.state, this.#target.settings, converged, actions, this.#operations.unsettled),
      Revision: this.state.Active,
      ConfigHash: this.#target.hash,
      Activities: activities(this.#operations.inFlight, actions),
      LastFailure: lastFailure(this.state),
      Health: Object.fromEntries(this.#members.conditions(listed, this.#target.settings)),
      ...(this.#probing.lastLines.length > 0 ? { LastLines: [...this.#probing.lastLines] } : {}),
    }
  }

  /** Members that `target` would make outdated, and provisions in flight, which it would too. */
  async countOutdated(target: Target): Promise<number> {
    const { listed } = await this.#observer.list(this.#target)
    const coming = this.#operations.inFlight.filter((operation) => operation.kind === 'provision').length
    return listed.filter((description) => !isCurrent(target, description)).length + coming
  }

  /** Whether there are instances of it, are about to be, or cannot be ruled out. */
  async mayHaveMembers(): Promise<boolean> {
    const { listed, complete } = await this.#observer.list(this.#target)
    return !complete || listed.length > 0 || this.#operations.inFlight.length > 0
  }

  async #pass(): Promise<number> {
    try {
      await this.#pace.time(() => this.#reconcile())
      this.#backoff.succeeded('pass')
    } catch (error) {
      await this.#failed(`could not look after group '${this.state.ID}'`, 'pass', error)
    }
    return this.#nextLook()
  }

  #nextLook(): number {
    const now = this.ports.clock.now()
    const untils = (this.#plan?.actions ?? []).flatMap((a) => (a.kind === 'wait' && a.until ? [a.until] : []))
    const resync = now + (this.#observer.hasEvents ? resyncMs.withEvents : resyncMs.without)
    const probe = this.#plan && !this.#target.settings.parked ? this.#probing.nextDue : Infinity
    const retries = ['observe', 'pass'].map((key) => this.#backoff.notBefore(key) || Infinity)
    return Math.max(now + 1, Math.min(resync, probe, this.#update.deadline, ...untils, ...retries))
  }

  async #reconcile(): Promise<void> {
    const target = this.#target
    const acting = await this.#look(target)
    if (!acting || this.#alarm.stopped) return
    const { observed } = this.#observer
    this.#pending.found(observed)
    this.#probing.examine(acting, observed, target.settings.parked || this.state.Destroying === true)
    const members = this.#members.judge(observed, this.state, target, this.ports.clock.now())
    await this.#checkFlapping(acting, members)
    if (await this.#dissolution.finish(members.length)) return
    // A commit that came while we looked has woken us again already.
    if (target !== this.#target) return
    const next = plan(
      desiredOf({
        state: this.state,
        settings: target.settings,
        size: this.size,
        members,
        inFlight: this.#operations.inFlight,
        provisionNotBefore: Math.max(this.#backoff.notBefore('provision'), this.#flaps.notBefore),
      }),
      { members },
      this.#operations.inFlight,
      this.ports.clock.now(),
    )
    this.#plan = next
    if (next.converged) return this.#converged()
    this.#convergence.lost()
    await this.#performer.begin(acting, next.actions, observed)
    if (target === this.#target) await this.#checkProgress(acting, members, next.actions)
  }

  /** Observes. Answers nothing when the plugin could not be asked: then nothing is known, and nothing is done. */
  async #look(target: Target): Promise<Acting | undefined> {
    try {
      const acting = await this.#observer.look(target)
      this.#backoff.succeeded('observe')
      return acting
    } catch (error) {
      this.#plan = undefined
      await this.#failed(`could not list the instances of group '${this.state.ID}'`, 'observe', error)
      return undefined
    }
  }

  #hinted(): void {
    this.wake(this.#pace.next(this.#operations.unsettled))
  }

  async #checkFlapping(acting: Acting, members: readonly Member[]): Promise<void> {
    if (this.state.Destroying) return
    // Those that we end ourselves may be seen to have ended before they are gone.
    const stays = (id: string) => !this.#observer.leaving.has(id)
    const staying = members.filter(({ id }) => stays(id))
    const now = this.ports.clock.now()
    const why = this.#flaps.seen(staying, this.#members.premature.filter(stays), now)
    if (why === undefined) return
    await this.#probing.hearFailed(acting, staying)
    await this.#record.fail('new members do not last', new Error(why), this.#flaps.notBefore - now)
  }

  #audience(): Audience {
    return {
      reserved: () => this.#record.save((state) => ({ ...state, Pending: this.#pending.all })),
      born: (id) => this.#probing.born(id),
      succeeded: (key) => this.#backoff.succeeded(key),
      failed: (attempt, key, error) => this.#failed(attempt, key, error),
      tell: (type, message) => this.#record.tell(type, message),
      ended: (action) => this.#ended(action),
      cannotLabel: () => this.#members.cannotLabel(),
      ending: (acting, description, reason) => this.#probing.parting(acting, description, reason),
      serves: (description) => mayServe(this.#members.condition(description, this.#target.settings)),
    }
  }

  #ended(action: Action): void {
    if (action.kind === 'start' || action.kind === 'stop') this.#probing.health.forget(action.instance)
    // The one that ends is still counted.
    this.wake(this.#pace.next(this.#operations.unsettled - 1))
  }

  async #failed(attempt: string, key: string, error: unknown): Promise<void> {
    const now = this.ports.clock.now()
    const retry = this.#backoff.failed(key, now)
    if (this.#backoff.count(key) >= startAttempts) this.#members.gaveUpStarting(key)
    await this.#record.fail(attempt, error, retry - now)
    this.wake(retry)
  }

  #converged(): Promise<void> {
    this.#pending.clear()
    this.#flaps.calm(this.ports.clock.now())
    this.#update.begin(this.state)
    const target = this.#target
    return this.#convergence.reached(this.#observer.observed, () => target === this.#target)
  }

  async #checkProgress(acting: Acting, members: readonly Member[], actions: readonly Action[]): Promise<void> {
    const { settings } = this.#target
    if (this.#update.progress(members, this.state, settings) === 'on time') return
    await this.#probing.hearAiling(acting, members)
    // A commit that came meanwhile is not to be given up.
    if (acting.target !== this.#target) return
    const { state, told } = giveUp(this.state, settings, actions, this.ports.clock.date())
    this.#record.tell(state.Halted ? 'halted' : 'rollback', told)
    await this.change(() => state)
  }
}
