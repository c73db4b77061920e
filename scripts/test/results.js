/**
 * @typedef {object} Failure
 * @property {readonly string[]} path  names of the tests around it, and its own
 * @property {string[]} diagnostics  lines
 *
 * @typedef {object} FileResult
 * @property {boolean} ok
 * @property {number} passed  tests: what stands directly in the file, whatever is nested in it
 * @property {number} failed
 * @property {number} skipped  also those marked to do
 * @property {number} assertions  that ran, at any depth; a subtest is none itself
 * @property {string[]} lacking  why tests were skipped
 * @property {number} tookMs  0 when nothing was said of it
 * @property {Failure[]} failures  the innermost ones
 */

const point = /^( *)(not )?ok \d+(?: - (.*?))?( \{)?$/
const directive = /(?<!\\) # (SKIP|TODO)\b/i
const subtest = /^( *)# Subtest: (.*)$/

/** @returns {FileResult} */
function nothingYet() {
  return { ok: true, passed: 0, failed: 0, skipped: 0, assertions: 0, lacking: [], tookMs: 0, failures: [] }
}

/** @param {string} description */
function nameOf(description) {
  return (
    description
      .replace(/ # time=[\d.]+m?s$/, '')
      .replace(directive, '\0')
      .split('\0', 1)[0] ?? ''
  )
}

/** @param {string} description */
function whySkipped(description) {
  const [, reason = ''] = /(?<!\\) # SKIP (.*?)(?: # time=[\d.]+m?s)?$/i.exec(description) ?? []
  return reason
}

/** @param {string} description */
function millisecondsOf(description) {
  const [, number, unit] = / # time=([\d.]+)(ms|s)\b/.exec(description) ?? []
  return Number(number ?? 0) * (unit === 's' ? 1000 : 1)
}

/**
 * Reads line by line what a run over several test files writes (TAP 14, one subtest for each file).
 *
 * @param {(file: string, result: FileResult) => void} onFile called when a file is done
 * @returns {(line: string) => void}
 */
export function resultsReader(onFile) {
  let file = nothingYet()
  /** Subtests begun and not ended, with the number of failures before each. @type {{name: string, before: number}[]} */
  const around = []
  /** @type {{end: string, lines: string[] | undefined} | undefined} */
  let diagnostics
  /** @type {Failure | undefined} */
  let last
  /** @type {(() => void) | undefined} */
  let pending
  /** The line by which diagnostics would begin, right behind a result: anything may stand elsewhere. */
  let opening = ''

  function flush() {
    pending?.()
    pending = undefined
  }

  /** @param {string} name @param {number} depth */
  function beginSubtest(name, depth) {
    if (depth === 0) file = nothingYet()
    around[depth] = { name, before: file.failures.length }
    around.length = depth + 1
  }

  /** @param {RegExpExecArray} match */
  function readPoint([, indent = '', not, description = '', opens]) {
    const depth = indent.length / 4
    const name = nameOf(description)
    opening = `${indent}  ---`
    const skipped = directive.test(description)
    const why = whySkipped(description)
    if (why) file.lacking.push(why)
    const own = around[depth]
    if (depth > 0) count(depth, { not: Boolean(not), skipped, isSubtest: own !== undefined || Boolean(opens) })
    // Its tests follow, in braces.
    if (opens) return beginSubtest(name, depth)
    const failedInside = own !== undefined && file.failures.length > own.before
    last = not && !skipped && !failedInside ? failureAt(depth, name) : undefined
    if (last) file.failures.push(last)
    around.length = Math.min(around.length, depth)
    if (depth === 0) endFile(name, { ok: !not, skipped, tookMs: millisecondsOf(description) })
  }

  /** @param {string} name @param {{ok: boolean, skipped: boolean, tookMs: number}} seen */
  function endFile(name, { ok, skipped, tookMs }) {
    const done = { ...file, ok, tookMs, skipped: file.skipped + (skipped ? 1 : 0) }
    file = nothingYet()
    // Why a file failed as a whole is told behind this line.
    if (last) pending = () => onFile(name, done)
    else onFile(name, done)
  }

  /** @param {number} depth @param {string} name @returns {Failure} */
  function failureAt(depth, name) {
    const outer = around.slice(1, depth).map((one) => one?.name ?? '')
    return { path: depth === 0 ? [] : [...outer, name], diagnostics: [] }
  }

  /** @param {number} depth @param {{not: boolean, skipped: boolean, isSubtest: boolean}} seen */
  function count(depth, { not, skipped, isSubtest }) {
    if (!skipped && !isSubtest) file.assertions++
    if (depth > 1) return
    if (skipped) file.skipped++
    else if (not) file.failed++
    else file.passed++
  }

  return function readLine(line) {
    if (diagnostics) {
      if (line !== diagnostics.end) return void diagnostics.lines?.push(line.slice(diagnostics.end.length - 3))
      diagnostics = undefined
      return flush()
    }
    if (line === opening) return void (diagnostics = { end: line.replace('---', '...'), lines: last?.diagnostics })
    opening = ''
    flush()
    const start = subtest.exec(line)
    const match = point.exec(line)
    if (start) beginSubtest(start[2] ?? '', (start[1] ?? '').length / 4)
    else if (match) readPoint(match)
    else if (/^ *\}$/.test(line)) around.length = Math.min(around.length, (line.length - 1) / 4)
  }
}

/**
 * Reads what a run over several test files wrote.
 *
 * @param {string} text
 * @returns {Map<string, FileResult>} by the file's name as it was run
 */
export function readResults(text) {
  /** @type {Map<string, FileResult>} */
  const files = new Map()
  const read = resultsReader((file, result) => files.set(file, result))
  for (const line of text.split('\n')) read(line)
  return files
}

/**
 * Sums up. A file that failed with no failed test in it (it did not load, or never ended) counts as one failure.
 *
 * @param {Iterable<FileResult>} results
 */
export function total(results) {
  const sum = { passed: 0, failed: 0, skipped: 0 }
  for (const { ok, passed, failed, skipped } of results) {
    sum.passed += passed
    sum.failed += ok ? failed : Math.max(failed, 1)
    sum.skipped += skipped
  }
  return sum
}

/** @param {{passed: number, failed: number, skipped: number}} sum */
export function summary({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
}
