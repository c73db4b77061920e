/** Chance that comes out the same for the same seed. */
export interface Chance {
  /** From [0, 1). */
  draw(): number
  shuffled<T>(values: readonly T[]): T[]
}

/** The seed of this run: what the environment says, so that a failure can be repeated, or any other. */
export function seedFrom(text: string | undefined): number {
  return text === undefined ? Math.floor(Math.random() * 2 ** 32) : Number(text)
}

export function createChance(seed: number): Chance {
  let state = seed >>> 0

  // mulberry32
  function draw(): number {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  function shuffled<T>(values: readonly T[]): T[] {
    const drawn = values.map((value) => ({ value, rank: draw() }))
    return drawn.sort((a, b) => a.rank - b.rank).map(({ value }) => value)
  }

  return { draw, shuffled }
}
