import type { Event, Flavor, Instance, Lifecycle, Logs, Resolve } from '@infrakit/spi'
import type { GroupState } from './state.js'

/** What the controller is handed: everything that is not deciding. */
export interface Ports {
  /** Finds an instance plugin. Throws `not-found`, `unavailable` or `incompatible`. */
  instance(name: string): Promise<InstancePort>
  /** Finds a flavor plugin. Throws as `instance` does. */
  flavor(name: string): Promise<FlavorPort>
  readonly store: StateStore
  readonly clock: Clock
  /** Draws from [0, 1). */
  readonly random: () => number
  /** A key that no other provision has. */
  readonly newKey: () => string
  readonly log: Log
  /** Tells whoever listens what happened in a group. */
  publish(event: Pick<Event, 'Topic' | 'Type' | 'ID' | 'Message'>): void
}

/** What of a plugin can be followed. */
export interface Watched {
  /**
   * Calls `hint` whenever something may have changed, with the ID that the plugin tells of, and whenever the stream of
   * events was (re)connected, without one, until aborted. Absent when the plugin has no events.
   */
  readonly watch?: ((hint: (id?: string) => void, signal: AbortSignal) => void) | undefined
  /** Where the plugin is served; when it is another, events have to be subscribed to anew. */
  readonly site?: unknown
}

export interface InstancePort extends Watched {
  readonly instance: Instance
  /** Absent when the plugin cannot stop and start. */
  readonly lifecycle?: Lifecycle | undefined
  readonly resolve?: Resolve | undefined
  /** Absent when the plugin cannot tell what its instances wrote. */
  readonly logs?: Logs | undefined
}

export interface FlavorPort extends Watched {
  readonly flavor: Flavor
  readonly resolve?: Resolve | undefined
}

/** Durable: what `write` acknowledged is there after a crash. */
export interface StateStore {
  keys(): Promise<string[]>
  read(key: string): Promise<GroupState | undefined>
  write(key: string, state: GroupState): Promise<void>
  remove(key: string): Promise<void>
}

export interface Clock {
  /** Monotonic milliseconds. */
  now(): number
  /** Wall-clock time, for people only. */
  date(): Date
  /** Changes with every boot of the machine. */
  readonly boot: string
}

export interface Log {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
}
