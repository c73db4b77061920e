import type { Teardown } from '@infrakit/testing'

/** One figure of a row, got from the samples of both sides. */
export interface Figure {
  /** Behind the row's title: `p50`. */
  readonly of: string
  readonly from: (samples: readonly number[]) => number
  /** What `compare` may be at most, or at least. */
  readonly limit: number
  readonly bound: 'at most' | 'at least'
  /** What ours should be on a quiet machine of two cores, in the row's unit. Told, not judged. */
  readonly aim?: number
}

/** The two sides of a row, ready to be measured by turns. */
export interface Sides {
  /** One sample, in the row's unit. */
  ours(): Promise<number>
  /** The same calls and writes with nothing of ours. */
  floor(): Promise<number>
  /** What the row's `reference` is, measured in turn with the others. */
  reference?(): Promise<number>
}

export interface Row {
  /** How it is chosen on the command line. */
  readonly name: string
  readonly title: string
  readonly floorIs: string
  /** Programs without which it cannot be measured: it is skipped, and says so. */
  readonly needs?: readonly string[]
  /** What users would hold ours against, and how many times as much ours should be. Told, not judged. */
  readonly reference?: { readonly of: string; readonly aim: number }
  readonly unit: 'µs' | 'ms' | 'requests/s' | 'MB'
  /** How ours is held against the floor: as a multiple of it, or by what it has more. */
  readonly compare: 'ratio' | 'difference'
  readonly figures: readonly Figure[]
  /** Samples of each side. */
  readonly rounds: { readonly full: number; readonly quick: number }
  /** Samples before these, which do not count. */
  readonly warmUp: number
  /** Starts what the samples need; it is ended with `t`. */
  open(t: Teardown): Promise<Sides>
}
