import { relative } from 'node:path'
import { compiled, projects, sourcesOf } from '../setup/sources.js'

/**
 * Every test as `{source, file}`, both relative to the root.
 *
 * @param {string} root
 */
export function allTests(root) {
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
export function choose(tests, filters) {
  if (filters.length === 0) return tests
  const parts = filters.map((filter) => filter.replace(/^\.\//, ''))
  return tests.filter(({ source, file }) => parts.some((part) => source.includes(part) || file.includes(part)))
}
