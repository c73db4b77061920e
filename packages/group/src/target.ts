import { tag, type InstanceDescription, type InstanceSpec, type Opaque, type PluginConfig } from '@infrakit/spi'
import { configHash, configHashForms, isBootstrap, taggedHash } from './config-hash.js'
import { readSettings, type Settings } from './settings.js'
import type { Resolved, StoredRevision } from './state.js'

/** What a group is to become: the active revision, read and resolved. */
export interface Target {
  readonly revision: number
  readonly settings: Settings
  readonly instance: PluginConfig
  readonly flavor: PluginConfig
  readonly hash: string
  /** Every hash by which an instance counts as current, whichever release of the original made it. */
  readonly currentHashes: ReadonlySet<string>
}

/** Properties with `Resolved` added, member by member: a key such as `__proto__` must stay one. */
function withResolved(config: PluginConfig, resolved: Opaque): PluginConfig {
  if (resolved == null) return config
  const properties = {}
  const members = [...Object.entries((config.Properties ?? {}) as object), ['Resolved', resolved] as const]
  for (const [key, value] of members) {
    Object.defineProperty(properties, key, { value, enumerable: true, configurable: true, writable: true })
  }
  return { Plugin: config.Plugin, Properties: properties }
}

/** The configuration as it is hashed and used: what names stood for at commit is part of it. */
export function resolvedConfig(settings: Settings, resolved: Resolved | undefined) {
  return {
    Instance: withResolved(settings.properties.Instance, resolved?.Instance),
    Flavor: withResolved(settings.properties.Flavor, resolved?.Flavor),
  }
}

export function readTarget(revision: StoredRevision): Target {
  const settings = readSettings(revision.Spec)
  const config = resolvedConfig(settings, revision.Resolved)
  return {
    revision: revision.Revision,
    settings,
    instance: config.Instance,
    flavor: config.Flavor,
    hash: configHash(config),
    // The original hashes what was written; such instances are adopted as they are.
    currentHashes: new Set([...configHashForms(config), ...configHashForms(settings.properties)]),
  }
}

/** Whether an instance is as the target wants it; one that waits for adoption is. */
export function isCurrent(target: Target, description: InstanceDescription): boolean {
  const hash = taggedHash(description.Tags)
  return isBootstrap(description.Tags) || (hash !== undefined && target.currentHashes.has(hash))
}

/** The specification of a new member, before the flavor completes it. */
export function memberSpec(group: string, target: Target, logicalID: string | undefined): InstanceSpec {
  return {
    Properties: target.instance.Properties ?? null,
    Tags: { [tag.configHash]: target.hash, [tag.group]: group },
    Init: '',
    LogicalID: logicalID ?? null,
    Attachments: null,
  }
}
