import { setTimeout as sleep } from 'node:timers/promises'
import { tag, type GroupSpec } from '@infrakit/spi'
import { wordsOf, type Answer, type Caller } from './caller.js'
import type { Instances, Listing } from './instances.js'
import { listOf, rowOf } from './json.js'
import { eventually, holds } from './outcome.js'
import { BrokenPromise, NotApplicable } from './promise.js'

/** Names of the plugins that a group under test works with, and what they are told. */
export interface GroupParts {
  readonly instance: { readonly name: string; readonly properties: unknown }
  readonly flavor: { readonly name: string; readonly properties: unknown }
}

type Allocation = { readonly Size: number } | { readonly LogicalIDs: readonly string[] }

/** Longest time until the members of a group that is destroyed are gone, and time between two looks (ms). */
const goodbyeMs = 10_000
const lookMs = 100

/** Commits groups, looks at them and their members, and takes away what it committed and nothing else. */
export class GroupWorld {
  readonly #committed = new Set<string>()
  /** Nothing once a destroyed group has kept its members: those are taken away without waiting. */
  #goodbyeMs = goodbyeMs

  constructor(
    readonly plugin: Caller,
    readonly instances: Instances,
    readonly parts: GroupParts,
    readonly patienceMs: number,
    /** How long it is watched that nothing happens. */
    readonly quietMs: number,
  ) {}

  spec(ID: string, allocation: Allocation, more: object = {}): GroupSpec {
    const { instance, flavor } = this.parts
    const Instance = { Plugin: instance.name, Properties: instance.properties }
    const Flavor = { Plugin: flavor.name, Properties: flavor.properties }
    // The original looks often anyway, and would pass over it.
    const watching = this.plugin.original ? {} : { Healing: { Interval: '500ms' } }
    return { ID, Properties: { Allocation: allocation, Instance, Flavor, ...watching, ...more } }
  }

  /** Commits; an error is an answer too. */
  async tryToCommit(Spec: GroupSpec, Pretend = false): Promise<Answer> {
    if (!Pretend) this.#committed.add(Spec.ID)
    return this.plugin.ask('Group.CommitGroup', { Spec, Pretend })
  }

  /** Commits a group for a check to look at. Throws NotApplicable when it is refused: another promise is about that. */
  async commit(spec: GroupSpec): Promise<Answer> {
    const answer = await this.tryToCommit(spec)
    if (answer.error === undefined) return answer
    throw new NotApplicable(`the group for it was refused: ${wordsOf(answer)}`)
  }

  describe(ID: string): Promise<Answer> {
    return this.plugin.call('Group.DescribeGroup', { ID })
  }

  /** The members of a group, as the instance plugin lists them. */
  async members(ID: string): Promise<Listing & { readonly ids: string[] }> {
    const { descriptions, answer } = await this.instances.list({ [tag.group]: ID })
    const own = descriptions.filter(({ Tags }) => Tags?.[tag.group] === ID)
    return { descriptions: own, answer, ids: own.map((one) => one.ID).sort() }
  }

  /** The members, once there are `size` and the group says that it has converged; none of those in `without`. */
  async settled(ID: string, size: number, without: readonly string[] = []): Promise<string[]> {
    let ids: string[] = []
    await eventually(this.patienceMs, async () => {
      const described = await this.describe(ID)
      const { Converged, Instances } = rowOf(described.result.Description)
      const members = await this.members(ID)
      const got = `${listOf(Instances).length} described, ${members.ids.length} there, Converged ${String(Converged)}`
      const there = members.ids.length === size && listOf(Instances).length === size
      holds(Converged === true && there, `${size} instances, and Converged`, got, described, members.answer)
      const left = without.filter((id) => members.ids.includes(id))
      holds(left.length === 0, `${without.join(', ')} to be gone`, `${left.join(', ')} is there`, members.answer)
      ids = members.ids
    })
    return ids
  }

  /** A settled group. Throws NotApplicable when there is none: another promise is about that. */
  async steady(ID: string, size: number): Promise<string[]> {
    await this.commit(this.spec(ID, { Size: size }))
    return this.prepared(ID, size)
  }

  /** As `settled`, for a check that is about what comes then. Throws NotApplicable: another promise is about this. */
  async prepared(ID: string, size: number, without: readonly string[] = []): Promise<string[]> {
    try {
      return await this.settled(ID, size, without)
    } catch (error) {
      if (error instanceof BrokenPromise) throw new NotApplicable('the group for it did not settle')
      throw error
    }
  }

  /** Time in which something that must not happen would have happened. */
  quiet(): Promise<void> {
    return sleep(this.quietMs)
  }

  /** A specification that differs in what is hashed, and is accepted by the plugins that work for the group. */
  async changed(ID: string, allocation: Allocation): Promise<GroupSpec> {
    const { instance, flavor } = this.parts
    const variants = [
      { Instance: { Plugin: instance.name, Properties: { ...rowOf(instance.properties), InfrakitVerify: 'changed' } } },
      { Flavor: { Plugin: flavor.name, Properties: { ...rowOf(flavor.properties), Init: ['echo changed'] } } },
      { Flavor: { Plugin: flavor.name, Properties: { ...rowOf(flavor.properties), Tags: { verify: 'changed' } } } },
    ]
    for (const variant of variants) {
      const spec = this.spec(ID, allocation, variant)
      if ((await this.tryToCommit(spec, true)).error === undefined) return spec
    }
    throw new NotApplicable('neither plugin takes other properties than those given')
  }

  /** Makes an instance that belongs to no group, or to another one, and gives its ID. */
  async foreign(group?: string): Promise<string> {
    return (await this.instances.make(group === undefined ? {} : { Tags: { [tag.group]: group } })).ID
  }

  /** Destroys a group and what is left of it. Gives the IDs of what is still there. */
  async remove(ID: string): Promise<string[]> {
    const { cleaning } = this.plugin
    this.plugin.cleaning = this.instances.plugin.cleaning = true
    try {
      const destroyed = await this.plugin.ask('Group.DestroyGroup', { ID })
      const end = performance.now() + (destroyed.error === undefined ? this.#goodbyeMs : 0)
      let { ids } = await this.members(ID)
      while (ids.length > 0 && performance.now() < end) {
        await sleep(lookMs)
        ids = (await this.members(ID)).ids
      }
      if (ids.length > 0 && destroyed.error === undefined) this.#goodbyeMs = 0
      if (ids.length > 0) await this.plugin.ask('Group.FreeGroup', { ID })
      for (const Instance of ids) await this.instances.plugin.ask('Instance.Destroy', { Instance })
      this.#committed.delete(ID)
      return (await this.members(ID)).ids
    } finally {
      this.plugin.cleaning = this.instances.plugin.cleaning = cleaning
    }
  }

  /** Removes every group that was committed and is still there. Gives the IDs of what is left. */
  async cleanUp(): Promise<string[]> {
    const left: string[] = []
    for (const ID of [...this.#committed]) left.push(...(await this.remove(ID).catch(() => [`group ${ID}`])))
    return left
  }
}
