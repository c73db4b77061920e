/**
 * @typedef {object} FileResult
 * @property {boolean} ok
 * @property {number} passed  tests: what stands directly in the file, whatever is nested in it
 * @property {number} failed
 * @property {number} skipped  also those marked to do
 * @property {number} assertions  that ran, at any depth; a subtest is none itself
 */

const point = /^( *)(not )?ok \d+(?: - (.*?))?( \{)?$/
const directive = /(?<!\\) # (SKIP|TODO)\b/i
const subtest = /^( *)# Subtest: (.*)$/

/** @returns {FileResult} */
function nothingYet() {
  return { ok: true, passed: 0, failed: 0, skipped: 0, assertions: 0 }
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

/**
 * Lines of a TAP document without its diagnostic blocks, which may hold anything.
 *
 * @param {string} text
 */
function* outsideDiagnostics(text) {
  let end
  for (const line of text.split('\n')) {
    if (end !== undefined) {
      if (line === end) end = undefined
    } else if (/^ *---$/.test(line)) {
      end = line.replace('---', '...')
    } else {
      yield line
    }
  }
}

/**
 * Reads what a run over several test files wrote (TAP 14, one subtest for each file).
 *
 * @param {string} text
 * @returns {Map<string, FileResult>} by the file's name as it was run
 */
export function readResults(text) {
  /** @type {Map<string, FileResult>} */
  const files = new Map()
  let file = nothingYet()
  const subtests = new Set()
  for (const line of outsideDiagnostics(text)) {
    const start = subtest.exec(line)
    if (start) subtests.add(start[1])
    if (start?.[1] === '') files.set(start[2] ?? '', (file = nothingYet()))
    const match = point.exec(line)
    if (!match) continue
    const [, indent = '', not, description = '', opens] = match
    const isSkipped = directive.test(description)
    if (indent === '') {
      const name = nameOf(description)
      if (opens || !files.has(name)) files.set(name, (file = nothingYet()))
      file.ok = !not
      if (isSkipped) file.skipped++
      continue
    }
    const isSubtest = subtests.delete(indent) || opens
    if (!isSkipped && !isSubtest) file.assertions++
    if (indent.length > 4) continue
    if (isSkipped) file.skipped++
    else if (not) file.failed++
    else file.passed++
  }
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
