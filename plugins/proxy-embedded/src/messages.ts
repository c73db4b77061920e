import type { SettledRoute } from '@infrakit/proxy'
import type { ErrorKind, LiveServer } from '@infrakit/spi'

/** What the plugin asks of each of its workers. */
export interface Asks {
  /** Everything that can fail of a change: listening, reading certificates. What goes on is not touched. */
  prepare: { request: { set: readonly SettledRoute[] }; answer: null }
  /** Undoes what was prepared and is not used. */
  abandon: { request: object; answer: null }
  /** Makes the change. @returns what is so now, of the routes that were set */
  commit: { request: { set: readonly SettledRoute[]; gone: readonly string[] }; answer: readonly Made[] }
  look: { request: { route: string }; answer: readonly LiveServer[] }
  cut: { request: { route: string; server: string }; answer: number }
  /** Which servers of a route the checks found unwell. */
  heed: { request: { route: string; unwell: readonly string[] }; answer: null }
  /** Finishes what is under way, for so long, and ends. */
  stop: { request: { graceMs: number }; answer: null }
}
export type Ask = keyof Asks

/** Which servers a route sends requests to now, and whether it listens. */
export interface Made {
  readonly route: string
  readonly listening: boolean
  readonly serving: readonly string[]
}

export type Request = { [K in Ask]: { readonly id: number; readonly ask: K } & Asks[K]['request'] }[Ask]

export interface Failure {
  readonly kind: ErrorKind
  readonly message: string
  readonly path?: string | undefined
  readonly hint?: string | undefined
}

/** What a worker says. */
export type Said =
  | { readonly id: number; readonly answer: unknown }
  | { readonly id: number; readonly failure: Failure }
  /** It has started, and can be asked. */
  | { readonly ready: true }
  | { readonly server: string; readonly route: string; readonly state: 'up' | 'down'; readonly why: string }
  | { readonly warning: string; readonly fields: object }
