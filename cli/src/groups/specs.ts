import { InfrakitError, nearest, type Allocation, type Group, type GroupSpec } from '@infrakit/spi'

/** The specifications in force, sorted by ID. */
export async function listSpecs(group: Group): Promise<GroupSpec[]> {
  const { Groups } = await group.inspectGroups({})
  return [...(Groups ?? [])].sort((a, b) => (a.ID < b.ID ? -1 : 1))
}

/** The specification in force of one group. Throws `not-found` with the nearest known ID. */
export async function findSpec(group: Group, id: string): Promise<GroupSpec> {
  const specs = await listSpecs(group)
  const found = specs.find(({ ID }) => ID === id)
  // One whose state cannot be read is listed without a specification; asked about it, the plugin says why.
  if (found?.Properties === null) await group.describeGroup({ ID: id })
  if (found) return found
  const near = nearest(
    id,
    specs.map(({ ID }) => ID),
  )
  throw new InfrakitError('not-found', `Group '${id}' is not being watched`, {
    hint: near ? `did you mean '${near}'?` : "see 'infrakit group ls'",
  })
}

/** The part of `Properties` that says how many; `undefined` when it is not where it belongs. */
export function allocationOf(spec: GroupSpec): Allocation | undefined {
  const properties = spec.Properties as { Allocation?: Allocation | null } | null | undefined
  const allocation = properties?.Allocation
  return typeof allocation === 'object' && allocation !== null ? allocation : undefined
}

/** How many instances a specification asks for; `undefined` when it does not say. */
export function sizeOf(spec: GroupSpec): number | undefined {
  const allocation = allocationOf(spec)
  const size = allocation?.LogicalIDs?.length ?? allocation?.Size
  return size === null || size === undefined ? undefined : Number(size)
}

/**
 * Changes the allocation of a specification that was just received, in place: all the rest is opaque, and would not
 * survive a copy unharmed. Throws `plugin-failed` when there is no allocation.
 */
export function changeAllocation(spec: GroupSpec, change: Allocation): GroupSpec {
  const allocation = allocationOf(spec)
  if (!allocation) throw new InfrakitError('plugin-failed', `the specification of ${spec.ID} has no Allocation`)
  Object.assign(allocation, change)
  return spec
}
