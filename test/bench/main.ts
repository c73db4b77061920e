/**
 * Measures how fast the software is, each row against its floor: the same calls and writes with nothing of ours, by turns
 * in one run. Arguments choose rows by their name or a part of it: `npm run bench -- heal`.
 *
 *   --json      prints what was measured as JSON
 *   --quick     few rounds: a look, no proof
 *   --rounds N  so many rounds of every row
 *
 * Exits with 1 when a target is missed, 2 for arguments that make no sense.
 */
import { bench } from './bench.js'
import { rows } from './rows/index.js'

process.exitCode = await bench(process.argv.slice(2), rows, {
  result: (text) => void process.stdout.write(`${text}\n`),
  progress: (text) => void process.stderr.write(`${text}\n`),
})
