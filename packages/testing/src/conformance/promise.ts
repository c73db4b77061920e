import type { Probe } from './probe.js'

/** A call that was made: what was sent and what came back, as text. */
export interface Exchange {
  /** Name of the plugin that was called. */
  readonly plugin: string
  readonly request: string
  /** 0 when nothing came back. */
  readonly status: number
  /** Body of the answer, or why there was none. */
  readonly response: string
}

/** Something that a plugin promises to those who call it. */
export interface PluginPromise {
  /** The interface it belongs to; `Protocol` for what holds of every plugin. */
  readonly interface: string
  /** One sentence. */
  readonly name: string
  /** What comes of it when it is broken. */
  readonly why: string
  /** Returns when the promise is kept; throws BrokenPromise or NotApplicable when it is not. */
  check(probe: Probe): Promise<void>
}

/** How a promise stands. */
export interface Verdict {
  readonly interface: string
  readonly promise: string
  readonly why: string
  readonly outcome: 'kept' | 'broken' | 'not applicable'
  /** Why it does not apply. */
  readonly reason?: string
  readonly expected?: string
  readonly got?: string
  /** The calls that showed it. */
  readonly shown?: readonly Exchange[]
}

/** Thrown by a check that found the promise broken. */
export class BrokenPromise extends Error {
  override readonly name = 'BrokenPromise'

  constructor(
    readonly expected: string,
    readonly got: string,
    readonly shown: readonly Exchange[],
  ) {
    super(`expected ${expected}, got ${got}`)
  }
}

/** Thrown by a check that finds nothing to judge. */
export class NotApplicable extends Error {
  override readonly name = 'NotApplicable'
}
