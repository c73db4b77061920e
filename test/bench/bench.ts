import { skipFor } from '@infrakit/testing'
import { readArguments } from './arguments.js'
import { measure, type Measured } from './measure.js'
import { table, type Skipped } from './report.js'
import type { Row } from './row.js'
import { withTeardown } from './teardown.js'

/** Where a run says what it found, and how far it is. */
export interface Output {
  result(text: string): void
  progress(text: string): void
}

/** Carries out one command line. Answers the exit status: 0, 1 when a target was missed, 2 for wrong arguments. */
export async function bench(argv: readonly string[], rows: readonly Row[], output: Output): Promise<number> {
  const given = readArguments(argv, rows)
  if (typeof given === 'string') {
    output.progress(given)
    return 2
  }
  const measured: Measured[] = []
  const skipped: Skipped[] = []
  for (const row of given.rows) {
    const why = skipFor(row.needs ?? [])
    if (why !== false) {
      output.progress(`${row.name}: skipped, ${why}`)
      skipped.push({ title: row.title, why })
      continue
    }
    output.progress(`${row.name}: ${row.title}, over ${row.floorIs}`)
    const rounds = given.rounds ?? (given.quick ? row.rounds.quick : row.rounds.full)
    const warmUp = given.quick ? Math.min(1, row.warmUp) : row.warmUp
    measured.push(...(await withTeardown((t) => measure(t, row, { rounds, warmUp }))))
  }
  output.result(given.json ? JSON.stringify(measured, null, 2) : table(measured, skipped))
  return measured.every(({ met }) => met) ? 0 : 1
}
