import type { GroupProperties, GroupSpec, Opaque, PluginConfig } from '@infrakit/spi'
import type { ReleaseRecord } from './records.js'

/** What the deployment plugin is handed as a flavor: whom it speaks for, and the user's own flavor. */
export interface HookProperties {
  readonly Service: string
  readonly Release: number
  readonly Flavor: PluginConfig
}

export interface GroupShape {
  readonly group: string
  readonly size: number
  readonly stopped?: boolean
  /** Whether members that go are drained first. */
  readonly drain?: boolean
}

/** The specification of a release's group. @param hook the name of the deployment plugin, which is the group's flavor */
export function groupSpec({ Release, Spec }: ReleaseRecord, shape: GroupShape, hook: string): GroupSpec {
  const { Instance, Flavor, Updating, Healing } = Spec.Group
  const flavor: HookProperties = { Service: Spec.Service, Release, Flavor }
  const updating =
    shape.drain === false ? { ...Updating, SkipBeforeInstanceDestroy: 'drain' as const } : (Updating ?? undefined)
  const properties: GroupProperties = {
    Allocation: { Size: shape.size, ...(shape.stopped ? { State: 'stopped' as const } : {}) },
    Instance,
    Flavor: { Plugin: hook, Properties: flavor },
    ...(updating ? { Updating: updating } : {}),
    ...(Healing ? { Healing } : {}),
  }
  return { ID: shape.group, Properties: properties }
}

/** The configuration with what its names stand for. A key such as `__proto__` must stay one. */
export function pinned(config: PluginConfig, resolved: Opaque): PluginConfig {
  if (resolved == null) return config
  const properties = {}
  for (const [key, value] of [
    ...Object.entries((config.Properties ?? {}) as object),
    ['Resolved', resolved] as const,
  ]) {
    Object.defineProperty(properties, key, { value, enumerable: true, configurable: true, writable: true })
  }
  return { Plugin: config.Plugin, Properties: properties }
}
