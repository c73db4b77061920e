import type { Command } from 'commander'
import type { Logger } from 'pino'
import type { Plugins } from '@infrakit/discovery'
import type { EventHub, Offer } from '@infrakit/rpc'

/** What a plugin is given when it starts. */
export interface PluginContext<O = object> {
  /** Its name on the socket. */
  readonly name: string
  /** Its own flags, as commander has them. */
  readonly options: O
  /** `$INFRAKIT_HOME`, else `~/.infrakit`. */
  readonly home: string
  readonly pluginsDir: string
  /** Where its state belongs; see `useState`. */
  readonly stateDir: string
  /**
   * Makes the state folder (0700), locks it for as long as this process lives, and answers with its path. Calling it
   * again is fine. Throws `conflict`, naming the process, when another one uses it.
   */
  useState(): Promise<string>
  /** Pino, on standard error. Nothing secret may be logged. */
  readonly log: Logger
  /** The other plugins of the same folder. */
  readonly plugins: Plugins
  /** Where to publish; heard outside only when the definition says `events`. */
  readonly events: EventHub
  /** Aborted at shutdown, once the calls in flight have ended. */
  readonly signal: AbortSignal
}

/** What a plugin's main declares. */
export interface PluginDefinition<O = object> {
  /** `import.meta.url` of main.ts: the executable's name and version come from the nearest package.json. */
  readonly module: string
  /** Its name on the socket unless `--name` says otherwise. */
  readonly name: string
  /** One sentence, for `--help`. */
  readonly description: string
  /** Adds the plugin's own flags. */
  readonly options?: (command: Command) => void
  /** Offers `Fence` and enforces it for all mutating calls; the epochs are kept in the state folder. */
  readonly fence?: boolean
  /**
   * Offers `Event` and serves what `context.events` publishes. Say so only when every change is published: a group looks
   * by itself less often then.
   */
  readonly events?: boolean
  /** Everything that is to happen before the socket is there. What it throws ends the process with one clear line. */
  start(context: PluginContext<O>): Promise<Running>
}

/** A plugin that has started. */
export interface Running {
  readonly offers: readonly Offer[]
  /** Called at shutdown, once no call is in flight and the signal is aborted. */
  stop?(): Promise<void>
}
