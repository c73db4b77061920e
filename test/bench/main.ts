/**
 * Measures how fast the software is, each row against its floor: the same calls and writes with nothing of ours, by turns
 * in one run. Arguments choose rows by a part of their name: `npm run bench -- heal`.
 *
 *   --json      prints what was measured as JSON
 *   --quick     few rounds: a look, no proof
 *   --rounds N  so many rounds of every row
 *
 * Exits with 1 when a target is missed, 2 for arguments that make no sense.
 */
import { readArguments } from './arguments.js'
import { measure, type Measured } from './measure.js'
import { table } from './report.js'
import type { Row } from './row.js'
import { rows } from './rows/index.js'
import { withTeardown } from './teardown.js'

async function run(
  chosen: readonly Row[],
  { rounds, quick, json }: { rounds?: number; quick: boolean; json: boolean },
) {
  const measured: Measured[] = []
  for (const row of chosen) {
    process.stderr.write(`${row.name}: ${row.title}\n`)
    const count = rounds ?? (quick ? row.rounds.quick : row.rounds.full)
    measured.push(...(await withTeardown((t) => measure(t, row, { rounds: count, warmUp: row.warmUp }))))
  }
  process.stdout.write(json ? `${JSON.stringify(measured, null, 2)}\n` : `${table(measured)}\n`)
  return measured.every(({ met }) => met) ? 0 : 1
}

const given = readArguments(process.argv.slice(2), rows)
if (typeof given === 'string') {
  process.stderr.write(`${given}\n`)
  process.exitCode = 2
} else {
  process.exitCode = await run(given.rows, given)
}
