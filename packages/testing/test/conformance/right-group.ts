import {
  InfrakitError,
  tag,
  type CommitGroupRequest,
  type Group,
  type GroupProperties,
  type GroupSpec,
  type Instance,
  type Revisions,
  type Tags,
} from '@infrakit/spi'

const hashTag = tag.configHash

/** What a group plugin that is broken on purpose does differently. */
export interface GroupHabits {
  pretendActs: boolean
  /** The tags by which it lists its members, to destroy and to count them. */
  membersBy(ID: string): Tags
  commitAlwaysRolls: boolean
  freeDestroys: boolean
  destroyKeeps: boolean
  acceptsAnything: boolean
  heals: boolean
  rolls: boolean
  namesPets: boolean
  missing(ID: string): Error | undefined
  size(size: number): number
  /** Whether it says that a group has converged which has. */
  saysSo(spec: GroupSpec): boolean
  inspects(spec: GroupSpec): GroupSpec
  /** Makes all anew when only the size is another. */
  sizeRolls: boolean
  newestFirst: boolean
  /** Whether one that is destroyed by name leaves a place empty that is filled again. */
  replacesNamed: boolean
  rollsBack: boolean
}

const rightHabits: GroupHabits = {
  pretendActs: false,
  membersBy: (ID) => ({ [tag.group]: ID }),
  commitAlwaysRolls: false,
  freeDestroys: false,
  destroyKeeps: false,
  acceptsAnything: false,
  heals: true,
  rolls: true,
  namesPets: true,
  missing: (ID) => new InfrakitError('not-found', `Group '${ID}' is not being watched`),
  size: (size) => size,
  saysSo: () => true,
  inspects: (spec) => spec,
  sizeRolls: false,
  newestFirst: true,
  replacesNamed: false,
  rollsBack: true,
}

/** A group plugin that acts whenever it is called: as simple as one can be that keeps every promise. */
export function rightGroup(instances: Instance, wrong: Partial<GroupHabits> = {}): Group & Revisions {
  const habits = { ...rightHabits, ...wrong }
  const specs = new Map<string, GroupSpec>()
  /** What was committed, oldest first, and the number of the active one. */
  const revisions = new Map<string, { all: GroupSpec[]; active: number }>()
  let generation = 0
  let sequence = 0

  const propertiesOf = (spec: GroupSpec) => spec.Properties as GroupProperties
  const find = (ID: string): GroupSpec => {
    const spec = specs.get(ID)
    if (spec) return spec
    const error = habits.missing(ID)
    if (error) throw error
    return { ID, Properties: { Allocation: { Size: 0 } } }
  }
  const hashOf = (spec: GroupSpec) => {
    const { Instance, Flavor } = propertiesOf(spec)
    return JSON.stringify([Instance, Flavor, habits.commitAlwaysRolls ? generation : 0])
  }
  const isResized = (one: GroupSpec, other: GroupSpec) =>
    propertiesOf(one).Allocation.Size !== propertiesOf(other).Allocation.Size
  const members = async (ID: string) => {
    const { Descriptions } = await instances.describeInstances({ Tags: habits.membersBy(ID) })
    return Descriptions
  }
  const destroy = (ids: readonly string[]) => Promise.all(ids.map((id) => instances.destroy({ Instance: id })))

  /** Makes it so, once. */
  async function converge(spec: GroupSpec, rolls = habits.rolls): Promise<void> {
    const { Allocation, Instance } = propertiesOf(spec)
    const hash = hashOf(spec)
    const outdated = rolls ? (await members(spec.ID)).filter((one) => one.Tags?.[hashTag] !== hash) : []
    await destroy(outdated.map(({ ID }) => ID))
    const there = await members(spec.ID)
    const pets = Allocation.LogicalIDs ?? undefined
    const size = pets?.length ?? Allocation.Size ?? 0
    const free = pets?.filter((name) => there.every((one) => one.LogicalID !== name)) ?? []
    await destroy(there.slice(size).map(({ ID }) => ID))
    for (let made = there.length; made < size; made++) {
      const Tags = { [tag.group]: spec.ID, [hashTag]: hash, [tag.provision]: `${spec.ID}-${++sequence}` }
      const LogicalID = pets ? (free.shift() ?? null) : null
      const named = habits.namesPets ? LogicalID : LogicalID && `pet-${sequence}`
      await instances.provision({ Spec: { Properties: Instance.Properties, Tags, LogicalID: named } })
    }
  }

  function refuse({ ID, Properties }: GroupSpec): void {
    if (habits.acceptsAnything) return
    const { Allocation, Instance, Flavor } = (Properties ?? {}) as Partial<GroupProperties>
    const { Size, LogicalIDs } = Allocation ?? {}
    const counted = LogicalIDs ? true : Number.isInteger(Size) && Number(Size) >= 0
    const right = ID !== '' && counted && Instance?.Plugin === 'memory' && Flavor?.Plugin === 'memory'
    if (!right) throw new InfrakitError('input', `${ID}: this is no group`)
  }

  return {
    async commitGroup({ Spec, Pretend }: CommitGroupRequest) {
      refuse(Spec)
      if (Pretend && !habits.pretendActs) return { Details: 'Managing some instances' }
      const before = specs.get(Spec.ID)
      if (JSON.stringify(before) === JSON.stringify(Spec)) generation++
      if (habits.sizeRolls && before && isResized(before, Spec))
        await destroy((await members(Spec.ID)).map((one) => one.ID))
      specs.set(Spec.ID, Spec)
      const all = [...(revisions.get(Spec.ID)?.all ?? []), Spec]
      if (!Pretend) revisions.set(Spec.ID, { all, active: all.length })
      await converge(Spec)
      return { Details: 'Managing some instances' }
    },
    async freeGroup({ ID }) {
      find(ID)
      specs.delete(ID)
      if (habits.freeDestroys) await destroy((await members(ID)).map((one) => one.ID))
    },
    async destroyGroup({ ID }) {
      find(ID)
      specs.delete(ID)
      if (!habits.destroyKeeps) await destroy((await members(ID)).map((one) => one.ID))
    },
    async describeGroup({ ID }) {
      const spec = find(ID)
      if (habits.heals || propertiesOf(spec).Allocation.LogicalIDs) await converge(spec)
      return { Description: { Instances: await members(ID), Converged: habits.saysSo(spec) } }
    },
    inspectGroups: async () => ({ Groups: specs.size > 0 ? [...specs.values()].map(habits.inspects) : null }),
    size: async ({ ID }) => ({ Size: habits.size(propertiesOf(find(ID)).Allocation.Size ?? 0) }),
    async setSize({ ID, Size }) {
      const spec = find(ID)
      const changed = { ID, Properties: { ...propertiesOf(spec), Allocation: { Size } } }
      specs.set(ID, changed)
      await converge(changed)
    },
    async destroyInstances({ ID, Instances }) {
      const spec = find(ID)
      const { Allocation } = propertiesOf(spec)
      const Size = (Allocation.Size ?? 0) - (habits.replacesNamed ? 0 : Instances.length)
      specs.set(ID, { ID, Properties: { ...propertiesOf(spec), Allocation: { Size } } })
      await destroy(Instances)
    },
    async history({ ID }) {
      find(ID)
      const { all = [], active } = revisions.get(ID) ?? {}
      const listed = all.map((Spec, index) => ({
        Revision: index + 1,
        Committed: new Date(0).toISOString(),
        ConfigHash: hashOf(Spec),
        Active: index + 1 === active,
        Spec,
      }))
      return { Revisions: habits.newestFirst ? listed.reverse() : listed }
    },
    async rollback({ ID, Revision }) {
      find(ID)
      const { all, active } = revisions.get(ID) ?? { all: [], active: 0 }
      const wanted = Revision ?? active - 1
      const spec = all[wanted - 1]
      if (!spec) throw new InfrakitError('not-found', `${ID}: no revision ${wanted}`)
      revisions.set(ID, { all, active: wanted })
      if (habits.rollsBack) specs.set(ID, spec)
      await converge(specs.get(ID) ?? spec, true)
      return { Details: 'Managing some instances', Revision: wanted }
    },
  }
}
