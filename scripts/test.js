/**
 * Runs the compiled tests and ends with one line, `N passed, N failed`. Arguments choose test files by a part of their
 * path: `npm test -- packages/rpc`. `--list` writes test/required-tests.txt instead.
 *
 * With INFRAKIT_REQUIRE_SERVICES=1 a test file on that list which made no assertion (its service is missing, say) is a
 * failure.
 */
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { compiled, projects, sourcesOf } from './setup/sources.js'
import { complaints, readRequired, writeRequired } from './test/required.js'
import { resultsReader, summary, total } from './test/results.js'
import { prepareTap, runTap } from './test/tap.js'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Every test as `{source, file}`, both relative to the root. */
function allTests() {
  return projects(root)
    .flatMap((project) =>
      sourcesOf(project)
        .filter((path) => path.endsWith('.test.ts'))
        .map((path) => ({ source: relative(root, path), file: relative(root, compiled(project, path)) })),
    )
    .sort((a, b) => (a.source < b.source ? -1 : 1))
}

/**
 * @param {ReturnType<typeof allTests>} tests
 * @param {readonly string[]} filters
 */
function choose(tests, filters) {
  if (filters.length === 0) return tests
  const parts = filters.map((filter) => filter.replace(/^\.\//, ''))
  return tests.filter(({ source, file }) => parts.some((part) => source.includes(part) || file.includes(part)))
}

/**
 * @param {ReadonlyMap<string, import('./test/results.js').FileResult>} results by source
 * @param {readonly string[]} filters
 */
function missed(results, filters) {
  const required = readRequired(root).filter((test) => filters.length === 0 || results.has(test))
  return complaints(required, results)
}

/**
 * @param {string} test
 * @param {import('./test/results.js').FileResult} result
 */
function report(test, result) {
  const lines = [`${result.ok ? 'ok  ' : 'FAIL'} ${test}: ${summary(total([result]))}`]
  for (const { path, diagnostics } of result.failures) {
    lines.push(`  failed: ${path.join(' > ') || 'the file as a whole'}`, ...diagnostics.map((line) => `    ${line}`))
  }
  process.stdout.write(`${lines.join('\n')}\n`)
}

/** @param {readonly string[]} filters */
async function run(filters) {
  const tests = choose(allTests(), filters)
  if (tests.length === 0) {
    process.stderr.write(`no test file has '${filters.join("' or '")}' in its path\n`)
    return 2
  }
  prepareTap(root)
  const sources = new Map(tests.map(({ source, file }) => [file, source]))
  const results = new Map()
  const read = resultsReader((file, result) => {
    const test = sources.get(file) ?? file
    results.set(test, result)
    report(test, result)
  })
  const ok = await runTap(root, [...sources.keys()], read)
  const missing = process.env['INFRAKIT_REQUIRE_SERVICES'] === '1' ? missed(results, filters) : []
  for (const complaint of missing) process.stdout.write(`FAIL ${complaint}\n`)
  const sum = total(results.values())
  sum.failed += missing.length
  if (!ok && sum.failed === 0) sum.failed = 1
  process.stdout.write(`${summary(sum)}\n`)
  return sum.failed === 0 ? 0 : 1
}

const [first, ...rest] = process.argv.slice(2)
if (first === '--list') {
  const tests = allTests().map(({ source }) => source)
  writeRequired(root, tests)
  process.stdout.write(`test/required-tests.txt: ${tests.length} test files\n`)
} else {
  process.exitCode = await run(first === undefined ? [] : [first, ...rest])
}
