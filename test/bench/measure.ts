import type { Teardown } from '@infrakit/testing'
import type { Figure, Row } from './row.js'

/** One figure as it was measured. */
export interface Measured {
  readonly row: string
  readonly title: string
  readonly unit: Row['unit']
  readonly rounds: number
  readonly ours: number
  readonly floor: number
  readonly compare: Row['compare']
  /** Ours over the floor, or ours less the floor, as `compare` says. */
  readonly value: number
  readonly bound: Figure['bound']
  readonly limit: number
  readonly met: boolean
  readonly aim: number | null
  readonly reference: { readonly of: string; readonly aim: number; readonly value: number } | null
}

interface Samples {
  readonly ours: number[]
  readonly floor: number[]
  readonly reference: number[]
}

export interface MeasureOptions {
  readonly rounds: number
  readonly warmUp: number
}

/** Measures both sides of a row by turns, beginning with the other one each time, so that both meet the same machine. */
export async function measure(t: Teardown, row: Row, options: MeasureOptions): Promise<Measured[]> {
  const sides = await row.open(t)
  for (let round = 0; round < options.warmUp; round++) {
    await sides.floor()
    await sides.ours()
  }
  const samples: Samples = { ours: [], floor: [], reference: [] }
  for (let round = 0; round < options.rounds; round++) {
    const order = round % 2 === 0 ? (['floor', 'ours'] as const) : (['ours', 'floor'] as const)
    for (const side of order) samples[side].push(await sides[side]())
    if (row.reference && sides.reference) samples.reference.push(await sides.reference())
  }
  return row.figures.map((figure) => judge(row, figure, samples))
}

/** Holds the samples of one figure against its target. */
export function judge(row: Row, figure: Figure, samples: Samples): Measured {
  const ours = figure.from(samples.ours)
  const floor = figure.from(samples.floor)
  const value = row.compare === 'ratio' ? ours / floor : ours - floor
  const { bound, limit, aim = null } = figure
  const met = bound === 'at most' ? value <= limit : value >= limit
  const title = figure.of === '' ? row.title : `${row.title}, ${figure.of}`
  const { name, unit, compare } = row
  const reference = row.reference ? { ...row.reference, value: figure.from(samples.reference) } : null
  return {
    row: name,
    title,
    unit,
    rounds: samples.ours.length,
    ours,
    floor,
    compare,
    value,
    bound,
    limit,
    met,
    aim,
    reference,
  }
}
