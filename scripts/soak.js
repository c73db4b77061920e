/**
 * Runs the tests of every test/soak in their long form, one after the other, and prints the figures that they report as a
 * table in Markdown. Arguments choose tests by a part of their path: `npm run soak -- kills`. Takes hours; `npm test`
 * runs the same tests in their short form.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { allTests, choose } from './test/files.js'
import { report } from './test/report.js'
import { summary, total } from './test/results.js'
import { runTests } from './test/run.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const longestSeconds = 3 * 60 * 60

/** @param {string} file lines of JSON, one for each figure */
function table(file) {
  const figures = readFileSync(file, 'utf8').split('\n').filter(Boolean)
  const rows = figures.map((line) => {
    const { what, value } = JSON.parse(line)
    return `| ${what} | ${value} |`
  })
  return ['| soak | figure |', '| --- | --- |', ...rows].join('\n')
}

/** @param {readonly string[]} filters */
async function soak(filters) {
  const soaks = allTests(root).filter(({ source }) => /(^|\/)test\/soak\//.test(source))
  const tests = choose(soaks, filters)
  if (tests.length === 0) {
    process.stderr.write(`no test of test/soak has '${filters.join("' or '")}' in its path\n`)
    return 2
  }
  const folder = mkdtempSync(join(tmpdir(), 'ik-soak-'))
  try {
    const figures = join(folder, 'figures')
    writeFileSync(figures, '')
    /** @type {import('./test/results.js').FileResult[]} */
    const results = []
    /** @param {string} test @param {import('./test/results.js').FileResult} result */
    const onResult = (test, result) => {
      results.push(result)
      report(test, result)
    }
    const env = { INFRAKIT_SOAK: '1', INFRAKIT_SOAK_FIGURES: figures }
    const { ok, leaks } = await runTests(root, tests, onResult, { jobs: 1, timeoutSeconds: longestSeconds, env })
    for (const leak of leaks) process.stdout.write(`FAIL ${leak}\n`)
    const sum = total(results)
    sum.failed += leaks.length
    process.stdout.write(`${table(figures)}\n${summary(sum)}\n`)
    return ok && leaks.length === 0 ? 0 : 1
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

process.exitCode = await soak(process.argv.slice(2))
