/** A value that is handed on without being looked into. Never spread or rebuild it. */
export type Opaque = unknown

export type Tags = Record<string, string>

/** Something that is attached to an instance and outlives it, e.g. a volume. */
export interface Attachment {
  ID: string
  Type: string
}

/** Names an object behind a plugin: the plugin and what it should make of `Properties`. */
export interface PluginConfig {
  Plugin: string
  Properties?: Opaque
}

/** How many instances a group has: cattle (`Size`) or pets (`LogicalIDs`); exactly one of the two is given. */
export interface Allocation {
  Size?: number | null
  LogicalIDs?: string[] | null
  /** `stopped` parks the group: its members are drained, stopped and kept. Not hashed. Default `running`. */
  State?: 'running' | 'stopped' | null
}

/** Why an instance is destroyed or stopped, as HEAD of the original sends it (`rolling_update`, `terminate`). */
export interface Context {
  Reason: string
}

/** Part of the world that an observation could not reach. */
export interface Unreachable {
  Host: string
  /** When it was last seen, RFC 3339. */
  Since: string
}

/** Where an instance listens; the one convention shared by proxies, registries and health probes. */
export interface Endpoint {
  Host: string
  Port: number
  ContainerPort?: number | null
  Protocol: string
}
