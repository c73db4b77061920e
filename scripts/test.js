/**
 * Runs the compiled tests and ends with one line, `N passed, N failed`. Arguments choose test files by a part of their
 * path: `npm test -- packages/rpc`. `--list` writes test/required-tests.txt instead.
 *
 * A secret is planted in the environment of all that the tests start; that it comes out anywhere is a failure.
 *
 * With INFRAKIT_REQUIRE_SERVICES=1 a test file on that list which made no assertion (its service is missing, say) is a
 * failure.
 */
import { fileURLToPath } from 'node:url'
import { allTests, choose } from './test/files.js'
import { report } from './test/report.js'
import { complaints as complaintsAbout, readRequired, writeRequired } from './test/required.js'
import { summary, total } from './test/results.js'
import { runTests } from './test/run.js'

const root = fileURLToPath(new URL('..', import.meta.url))

/**
 * @param {ReadonlyMap<string, import('./test/results.js').FileResult>} results by source
 * @param {readonly string[]} filters
 */
function missed(results, filters) {
  const required = readRequired(root).filter((test) => filters.length === 0 || results.has(test))
  return complaintsAbout(required, results)
}

/** @param {readonly string[]} filters */
async function run(filters) {
  const tests = choose(allTests(root), filters)
  if (tests.length === 0) {
    process.stderr.write(`no test file has '${filters.join("' or '")}' in its path\n`)
    return 2
  }
  const results = new Map()
  const { ok, leaks } = await runTests(root, tests, (test, result) => {
    results.set(test, result)
    report(test, result)
  })
  const missing = process.env['INFRAKIT_REQUIRE_SERVICES'] === '1' ? missed(results, filters) : []
  const complaints = [...missing, ...leaks]
  for (const complaint of complaints) process.stdout.write(`FAIL ${complaint}\n`)
  const lacking = new Set([...results.values()].flatMap((result) => result.lacking))
  for (const why of lacking) process.stdout.write(`skipped: ${why}\n`)
  const sum = total(results.values())
  sum.failed += complaints.length
  if (!ok && sum.failed === 0) sum.failed = 1
  process.stdout.write(`${summary(sum)}\n`)
  return sum.failed === 0 ? 0 : 1
}

const [first, ...rest] = process.argv.slice(2)
if (first === '--list') {
  const tests = allTests(root).map(({ source }) => source)
  writeRequired(root, tests)
  process.stdout.write(`test/required-tests.txt: ${tests.length} test files\n`)
} else {
  process.exitCode = await run(first === undefined ? [] : [first, ...rest])
}
