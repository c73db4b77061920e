import { summary, total } from './results.js'

/**
 * @param {string} test
 * @param {import('./results.js').FileResult} result
 */
export function report(test, result) {
  const lines = [`${result.ok ? 'ok  ' : 'FAIL'} ${test}: ${summary(total([result]))}`]
  for (const { path, diagnostics } of result.failures) {
    lines.push(`  failed: ${path.join(' > ') || 'the file as a whole'}`, ...diagnostics.map((line) => `    ${line}`))
  }
  process.stdout.write(`${lines.join('\n')}\n`)
}
