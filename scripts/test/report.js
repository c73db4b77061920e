import { summary, total } from './results.js'

/** What takes so long is told (ms). */
const worthTelling = 10_000

/**
 * @param {string} test
 * @param {import('./results.js').FileResult} result
 */
export function report(test, result) {
  const took = result.tookMs >= worthTelling ? ` (${Math.round(result.tookMs / 1000)} s)` : ''
  const lines = [`${result.ok ? 'ok  ' : 'FAIL'} ${test}: ${summary(total([result]))}${took}`]
  for (const { path, diagnostics } of result.failures) {
    lines.push(`  failed: ${path.join(' > ') || 'the file as a whole'}`, ...diagnostics.map((line) => `    ${line}`))
  }
  process.stdout.write(`${lines.join('\n')}\n`)
}
