import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** @param {string} root */
function listPath(root) {
  return join(root, 'test', 'required-tests.txt')
}

/**
 * The test files that must run where all services are there, one on a line.
 *
 * @param {string} root
 */
export function readRequired(root) {
  return readFileSync(listPath(root), 'utf8').split('\n').filter(Boolean)
}

/**
 * @param {string} root
 * @param {readonly string[]} tests
 */
export function writeRequired(root, tests) {
  writeFileSync(
    listPath(root),
    [...tests]
      .sort()
      .map((test) => `${test}\n`)
      .join(''),
  )
}

/**
 * What speaks against the claim that every test ran: a sentence each.
 *
 * @param {readonly string[]} required the committed list
 * @param {ReadonlyMap<string, {assertions: number}>} ran by test file
 */
export function complaints(required, ran) {
  const unlisted = [...ran.keys()].filter((test) => !required.includes(test))
  const silent = required.filter((test) => !ran.get(test)?.assertions)
  return [
    ...silent.map((test) => `${test} ${ran.has(test) ? 'ran without a single assertion' : 'did not run'}`),
    ...unlisted.map((test) => `${test} is not in test/required-tests.txt; 'npm run test:list' adds it`),
  ]
}
