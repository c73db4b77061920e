import { health, tag, type GroupSpec, type Health, type InstanceDescription } from '@infrakit/spi'
import type { MemoryFlavor } from './memory-flavor.js'
import type { MemoryInstance } from './memory-instance.js'

/** A group as it is found: what was asked for, what is there, and how it fares. */
export interface GroupSituation {
  readonly spec: GroupSpec
  readonly instances: readonly InstanceDescription[]
  /** By instance ID; whoever is not in it is healthy. */
  readonly health: ReadonlyMap<string, Health>
  /** Puts it into plugins in memory. */
  seed(instance: MemoryInstance, flavor: MemoryFlavor): void
}

export interface GroupOptions {
  /** What stands in the group's properties beside `Allocation`. Default: the plugins `memory`. */
  readonly properties?: object
  /** Gives the config hash that the group plugin would. Default: the word `current`. */
  readonly hash?: (spec: GroupSpec) => string
}

/**
 * Makes a situation in a line: `group('web').size(3).outdated(2).unhealthy(1)` is a group of three, the first two of which
 * are of an older configuration, and the last unhealthy. Each call gives another situation; none changes.
 */
export interface GroupBuilder extends GroupSituation {
  size(count: number): GroupBuilder
  /** Pets, one instance for each. */
  pets(...logicalIDs: string[]): GroupBuilder
  /** So many are not there: the last ones. */
  missing(count: number): GroupBuilder
  /** So many more are there than asked for. */
  surplus(count: number): GroupBuilder
  /** So many carry an older config hash: the first ones. */
  outdated(count: number): GroupBuilder
  /** How the last ones fare; those of a second call stand before those of the first. */
  unhealthy(count: number): GroupBuilder
  unknown(count: number): GroupBuilder
  stopped(count: number): GroupBuilder
  failed(count: number): GroupBuilder
}

type Fate = 'unhealthy' | 'unknown' | 'stopped' | 'failed'

interface Plan {
  readonly size: number
  readonly logicalIDs?: readonly string[]
  /** How many more are there than asked for; below zero when some are missing. */
  readonly excess: number
  readonly outdated: number
  /** From the last one to the first. */
  readonly fates: readonly Fate[]
}

const memoryPlugins = { Instance: { Plugin: 'memory', Properties: {} }, Flavor: { Plugin: 'memory', Properties: {} } }

/** A group of nothing, to be described further. */
export function group(id: string, options: GroupOptions = {}): GroupBuilder {
  return builder(id, options, { size: 0, excess: 0, outdated: 0, fates: [] })
}

function builder(id: string, options: GroupOptions, plan: Plan): GroupBuilder {
  const next = (change: Partial<Plan>) => builder(id, options, checked({ ...plan, ...change }))
  const faring = (fate: Fate) => (count: number) => {
    return next({ fates: [...plan.fates, ...Array.from({ length: count }, () => fate)] })
  }
  const spec = specOf(id, options, plan)
  const instances = instancesOf(id, options.hash?.(spec) ?? 'current', plan)
  const judged = new Map(
    instances.flatMap(({ ID }, i) => {
      const fate = fateOf(plan, i)
      return fate === 'unhealthy' || fate === 'unknown' ? [[ID, health[fate]] as const] : []
    }),
  )
  return {
    spec,
    instances,
    health: judged,
    seed(instance, flavor) {
      const { Properties } = (spec.Properties as { Instance: { Properties?: object } }).Instance
      for (const one of instances) {
        instance.instances.set(one.ID, { ...one, Spec: { Properties, Tags: one.Tags ?? null } })
      }
      for (const [ID, judgement] of judged) flavor.health.set(ID, judgement)
    },
    size: (size) => next({ size }),
    pets: (...logicalIDs) => next({ size: logicalIDs.length, logicalIDs }),
    missing: (count) => next({ excess: -count }),
    surplus: (excess) => next({ excess }),
    outdated: (outdated) => next({ outdated }),
    unhealthy: faring('unhealthy'),
    unknown: faring('unknown'),
    stopped: faring('stopped'),
    failed: faring('failed'),
  }
}

/** Throws for what cannot be: a test would prove something else than it says. */
function checked(plan: Plan): Plan {
  const there = plan.size + plan.excess
  if (there < 0 || plan.outdated > there || plan.fates.length > there) {
    throw new Error(`of ${there} instances ${plan.outdated} cannot be outdated, and ${plan.fates.length} not well`)
  }
  return plan
}

function specOf(id: string, { properties }: GroupOptions, { size, logicalIDs }: Plan): GroupSpec {
  const Allocation = logicalIDs ? { LogicalIDs: logicalIDs } : { Size: size }
  return { ID: id, Properties: { Allocation, ...(properties ?? memoryPlugins) } }
}

function instancesOf(id: string, hash: string, plan: Plan): InstanceDescription[] {
  return Array.from({ length: plan.size + plan.excess }, (_, i) => {
    const fate = fateOf(plan, i)
    return {
      ID: `${id}-${i + 1}`,
      LogicalID: plan.logicalIDs?.[i] ?? null,
      Tags: { [tag.group]: id, [tag.configHash]: i < plan.outdated ? 'outdated' : hash },
      ...(fate === 'stopped' || fate === 'failed' ? { State: fate } : {}),
    }
  })
}

function fateOf({ size, excess, fates }: Plan, index: number): Fate | undefined {
  return fates[size + excess - 1 - index]
}
