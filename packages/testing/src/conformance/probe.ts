import type { Caller } from './caller.js'
import type { Facts } from './facts.js'
import type { GroupWorld } from './group-world.js'
import type { Instances } from './instances.js'
import { applies } from './outcome.js'
import type { RegistryWorld } from './registry-world.js'

/** What a check gets to work with. */
export interface Probe {
  readonly plugin: Caller
  readonly facts: Facts
  /** Properties that the plugin accepts, as it was told by whoever runs the suite. */
  readonly properties: unknown
  /** The instances that the suite makes: in the plugin itself, for a group in the instance plugin that it works with. */
  readonly instances: Instances
  /** For a group plugin, when there are plugins for it to work with. */
  readonly groups: GroupWorld | undefined
  /** For a registry. */
  readonly registry: RegistryWorld | undefined
  /** Whether to judge also what takes as long as leases and checks of a registry take to run out. */
  readonly slow: boolean
  /** What checks have found out for those that come later. */
  readonly findings: Set<string>
  /** A text that nobody else uses. */
  unique(prefix: string): string
  /** Longest time that something which goes on by itself may take. */
  readonly patienceMs: number
}

/** For what the original did not promise. */
export function sinceTheOriginal({ facts }: Probe): void {
  applies(!facts.original, 'the original promises no such thing')
}
