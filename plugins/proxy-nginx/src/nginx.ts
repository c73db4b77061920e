import type { Identity, ProcessTable } from '@infrakit/programs'
import type { LiveServer } from '@infrakit/spi'
import type { Unwell } from './control.js'
import type { Listening } from './lua-configuration.js'
import type { NginxProgram } from './nginx-program.js'
import type { PreparedRoute } from './prepared.js'

export interface World {
  readonly program: NginxProgram
  readonly table: ProcessTable
  /** Workers of each nginx. */
  readonly workers: number
  /** Where the folder of each nginx is. */
  readonly root: string
  readonly log: { warn(fields: object, message: string): void }
}

/** One nginx of ours, for one `Listen`. */
export interface Nginx {
  readonly kind: 'lua' | 'plain'
  readonly folder: string
  readonly listening: Listening
  readonly master: Identity
  /** Of now. */
  workers(): number[]
  /** Makes exactly these live, and has seen that they are. After a throw the last good ones serve, unless it was `unavailable`. */
  apply(routes: readonly PreparedRoute[]): Promise<void>
  /** Throws `unavailable`. */
  look(route: PreparedRoute): Promise<LiveServer[]>
  /** Cuts what is under way at a server. @returns how much that was */
  cut(route: string, server: string): Promise<number>
  /** What the plugin's own checks found. */
  setDown(route: string, server: string, down: boolean): Promise<void>
  unwell(): Promise<Unwell>
  /** Forgets what is of no use any more. Not to be called while it is being changed. */
  tidy(): Promise<void>
  /** Requests under way in each worker. */
  flights(): Promise<readonly Flight[]>
  /** Drops connections and timers of this process; nginx goes on. */
  close(): void
}

export interface Flight {
  readonly pid: number
  /** As `serverKey` has it. */
  readonly server: string
  readonly count: number
}

/** How one of them comes to be. */
export interface NginxKind {
  /** Starts one in a folder of its own. Answers when it serves these routes. Throws `plugin-failed`, and leaves nothing. */
  start(world: World, listening: Listening, routes: readonly PreparedRoute[], ended: Ended): Promise<Nginx>
  /** Takes over one that runs. */
  adopt(world: World, folder: string, listening: Listening, master: Identity): Promise<Nginx>
}

/** Called with nginx's last words. */
export type Ended = (words: string) => void
