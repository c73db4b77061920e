import {
  InfrakitError,
  messageOf,
  type CommitGroupResult,
  type Group,
  type GroupDescription,
  type GroupSpec,
  type Revision,
  type Revisions,
} from '@infrakit/spi'
import { clearedOverride, isSame, refuseToAbandon } from './commit.js'
import { configHash } from './config-hash.js'
import { GroupController } from './controller.js'
import { explain } from './explain.js'
import { Preparation } from './preparation.js'
import type { Ports } from './ports.js'
import { readSettings, type Settings } from './settings.js'
import { sortedById } from './sorted-by-id.js'
import { inspectedSpec } from './spec.js'
import { pickRevision, withRevision, withSize, type GroupState, type Resolved, type StoredRevision } from './state.js'
import { readTarget, resolvedConfig } from './target.js'

/** All groups of one group plugin: takes commits, hands the work to one controller per group. */
export class Groups implements Group, Revisions {
  readonly #controllers = new Map<string, GroupController>()
  /** Groups whose state could not be read. They are left alone until a person has looked. */
  readonly #unreadable = new Map<string, unknown>()
  /** Changes to one group, one after the other. */
  readonly #queues = new Map<string, Promise<unknown>>()
  readonly #preparation: Preparation

  constructor(private readonly ports: Ports) {
    this.#preparation = new Preparation(ports)
  }

  /** Goes on where the last process stopped. */
  async start(): Promise<void> {
    for (const id of await this.ports.store.keys()) {
      try {
        const state = await this.ports.store.read(id)
        if (state) this.#look(state)
      } catch (error) {
        this.#unreadable.set(id, error)
        this.ports.log.warn(
          { group: id, error: messageOf(error) },
          'the state of the group cannot be read; it is left alone',
        )
      }
    }
  }

  /** Stops looking after all groups and waits for what is under way. */
  async stop(): Promise<void> {
    const controllers = [...this.#controllers.values()]
    await Promise.all(controllers.map((controller) => controller.stop()))
    await Promise.all(controllers.map((controller) => controller.idle()))
  }

  async commitGroup({ Spec, Pretend }: { Spec: GroupSpec; Pretend?: boolean | null }): Promise<CommitGroupResult> {
    const settings = readSettings(Spec)
    return this.#inTurn(Spec.ID, async () => {
      const controller = this.#changeable(Spec.ID)
      const resolved = await this.#preparation.check(settings)
      await refuseToAbandon(controller, settings)
      const candidate = this.#candidate(Spec, settings, resolved, controller?.state)
      const Details = await this.#explain(controller, candidate, settings)
      if (Pretend) return { Details }
      if (controller && isSame(controller.state, candidate)) return { Details, Revision: controller.state.Active }
      await this.#commit(controller, candidate, settings)
      this.ports.log.info({ group: Spec.ID, revision: candidate.Revision }, `committed: ${Details}`)
      return { Details, Revision: candidate.Revision }
    })
  }

  async freeGroup({ ID }: { ID: string }): Promise<void> {
    await this.#inTurn(ID, async () => {
      const controller = this.#controller(ID)
      try {
        await controller.forget()
      } catch (error) {
        // Refused, so nothing changes: it is looked after as it was when this process started.
        this.#look(controller.state)
        throw error
      }
      this.#controllers.delete(ID)
      this.ports.log.info({ group: ID }, 'freed')
    })
  }

  async describeGroup({ ID }: { ID: string }): Promise<{ Description: GroupDescription }> {
    return { Description: await this.#controller(ID).describe() }
  }

  async destroyGroup({ ID }: { ID: string }): Promise<void> {
    await this.#inTurn(ID, () => this.#controller(ID).change((state) => ({ ...state, Destroying: true })))
  }

  async inspectGroups(): Promise<{ Groups: GroupSpec[] | null }> {
    const readable = this.#states().map(inspectedSpec)
    // What cannot be read is not gone: it is listed, and every other call for it says why it is left alone.
    const unreadable = [...this.#unreadable.keys()].map((ID) => ({ ID, Properties: null }))
    const specs = sortedById([...readable, ...unreadable])
    return { Groups: specs.length > 0 ? [...specs] : null }
  }

  async size({ ID }: { ID: string }): Promise<{ Size: number }> {
    return { Size: this.#controller(ID).size }
  }

  async setSize({ ID, Size }: { ID: string; Size: number }): Promise<void> {
    await this.#inTurn(ID, async () => {
      const controller = this.#changing(ID)
      if (Size < 0) throw new InfrakitError('input', 'size cannot be negative', { path: 'Size' })
      this.#requireCattle(controller, 'its size cannot be set')
      const committed = controller.target.settings.size
      await controller.change((state) => withSize(state, Size, committed))
      this.ports.log.info({ group: ID, size: Size }, 'size set')
    })
  }

  async destroyInstances({ ID, Instances }: { ID: string; Instances: string[] }): Promise<void> {
    await this.#inTurn(ID, async () => {
      const controller = this.#changing(ID)
      this.#requireCattle(controller, 'commit it without them instead')
      const members = new Set((await controller.describe()).Instances.map((instance) => instance.ID))
      const stranger = Instances.find((id) => !members.has(id))
      if (stranger !== undefined) {
        throw new InfrakitError('not-found', `instance '${stranger}' is not a member of group '${ID}'`)
      }
      const named = [...new Set(Instances)].filter((id) => !controller.state.Doomed?.includes(id))
      const size = Math.max(0, controller.size - named.length)
      const committed = controller.target.settings.size
      await controller.change((state) => ({
        ...withSize(state, size, committed),
        Doomed: [...(state.Doomed ?? []), ...named],
      }))
    })
  }

  async history({ ID }: { ID: string }): Promise<{ Revisions: Revision[] }> {
    const { Revisions, Active } = this.#controller(ID).state
    const shown = Revisions.map(({ Revision, Committed, ConfigHash, Spec }) => {
      return { Revision, Committed, ConfigHash, Active: Revision === Active, Spec }
    })
    return { Revisions: shown.reverse() }
  }

  async rollback(request: { ID: string; Revision?: number | null; Pretend?: boolean | null }) {
    const { ID } = request
    return this.#inTurn(ID, async () => {
      const controller = this.#changing(ID)
      const revision = pickRevision(controller.state, request.Revision ?? undefined)
      const settings = readSettings(revision.Spec)
      await this.#preparation.check(settings)
      await refuseToAbandon(controller, settings)
      const Details = await this.#explain(controller, revision, settings)
      if (!request.Pretend) {
        await controller.change(
          ({ Halted: _halted, RolledBack: _undone, LastFailure: _failure, Deadline: _deadline, ...state }) => ({
            ...state,
            Active: revision.Revision,
          }),
        )
        this.ports.log.info({ group: ID, revision: revision.Revision }, `rolled back: ${Details}`)
      }
      return { Details, Revision: revision.Revision }
    })
  }

  /** Every group's specification and description, for `Metadata`. */
  async snapshot(): Promise<{ specs: Record<string, GroupSpec>; groups: Record<string, GroupDescription> }> {
    const specs = this.#states().map(inspectedSpec)
    const described = specs.map(async ({ ID }) => [ID, await this.#controller(ID).describe()] as const)
    return {
      specs: Object.fromEntries(specs.map((spec) => [spec.ID, spec])),
      groups: Object.fromEntries(await Promise.all(described)),
    }
  }

  #states(): readonly GroupState[] {
    return sortedById([...this.#controllers.values()].map(({ state }) => state))
  }

  #look(state: GroupState): void {
    const controller = new GroupController(state, this.ports, () => {
      if (this.#controllers.get(state.ID) === controller) this.#controllers.delete(state.ID)
    })
    this.#controllers.set(state.ID, controller)
    controller.wake()
  }

  #inTurn<T>(id: string, work: () => Promise<T>): Promise<T> {
    const turn = (this.#queues.get(id) ?? Promise.resolve()).then(work, work)
    const settled = turn
      .catch(() => undefined)
      .finally(() => {
        if (this.#queues.get(id) === settled) this.#queues.delete(id)
      })
    this.#queues.set(id, settled)
    return turn
  }

  #controller(id: string): GroupController {
    const controller = this.#controllers.get(id)
    if (controller) return controller
    if (this.#unreadable.has(id)) this.#refuseUnreadable(id)
    throw new InfrakitError('not-found', `Group '${id}' is not being watched`, {
      hint: 'infrakit group ls shows the groups that are; infrakit group watch FILE adds one',
    })
  }

  /** The controller that a commit changes; none for a new group. */
  #changeable(id: string): GroupController | undefined {
    if (this.#unreadable.has(id)) this.#refuseUnreadable(id)
    return this.#controllers.has(id) ? this.#changing(id) : undefined
  }

  #changing(id: string): GroupController {
    const controller = this.#controller(id)
    if (controller.state.Destroying) {
      throw new InfrakitError('conflict', `Group '${id}' is being destroyed`, {
        hint: 'wait until it is gone: infrakit group describe ' + id,
      })
    }
    return controller
  }

  #refuseUnreadable(id: string): never {
    throw new InfrakitError('conflict', `Group '${id}' is left alone: ${messageOf(this.#unreadable.get(id))}`, {
      hint: 'mend or move away its state file, then restart the group plugin',
    })
  }

  #requireCattle(controller: GroupController, instead: string): void {
    if (!controller.target.settings.logicalIDs) return
    throw new InfrakitError('input', `Group '${controller.state.ID}' is made of LogicalIDs: ${instead}`)
  }

  #candidate(Spec: GroupSpec, settings: Settings, resolved: Resolved, state: GroupState | undefined): StoredRevision {
    const last = state?.Revisions.at(-1)?.Revision ?? 0
    return {
      Revision: last + 1,
      Committed: this.ports.clock.date().toISOString(),
      Spec,
      ...(resolved.Instance == null && resolved.Flavor == null ? {} : { Resolved: resolved }),
      ConfigHash: configHash(resolvedConfig(settings, resolved)),
    }
  }

  async #explain(controller: GroupController | undefined, next: StoredRevision, settings: Settings): Promise<string> {
    const target = readTarget(next)
    const outdated = await (controller
      ? controller.countOutdated(target)
      : this.#preparation.countOutdated(next.Spec.ID, target))
    const old = controller?.target
    const cleared = controller && clearedOverride(controller.state, old, settings)
    return explain({
      oldSize: controller?.size,
      newSize: cleared === undefined ? (controller?.state.SizeOverride ?? settings.size) : settings.size,
      outdated,
      sameConfig: old?.hash === target.hash,
      oldParked: old?.settings.parked ?? settings.parked,
      newParked: settings.parked,
      clearedOverride: cleared,
    })
  }

  async #commit(controller: GroupController | undefined, next: StoredRevision, settings: Settings): Promise<void> {
    const { ID } = next.Spec
    if (!controller) {
      const state: GroupState = { ID, Revisions: [next], Active: next.Revision, Pending: [] }
      await this.ports.store.write(ID, state)
      return this.#look(state)
    }
    const clear = clearedOverride(controller.state, controller.target, settings) !== undefined
    await controller.change((state) => {
      const { SizeOverride, ...rest } = state
      return withRevision(clear || SizeOverride === undefined ? rest : state, next)
    })
  }
}
