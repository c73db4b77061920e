import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { unobtainable } from '../services/list.js'
import { isThere } from '../services/shell.js'

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
 * Whether a file ran nothing for no other reason than that its tools cannot be brought, which its tests must have said. Where
 * such a tool is there, its tests have to run.
 *
 * @param {{lacking?: readonly string[]} | undefined} result
 * @param {(tool: string) => boolean} [isAround]
 */
export function isExcused(result, isAround = isThere) {
  const reasons = result?.lacking ?? []
  const tools = reasons.map((reason) => /^cannot be brought: (\S+) \([^;]*\)$/.exec(reason)?.[1] ?? '')
  return tools.length > 0 && tools.every((tool) => tool in unobtainable && !isAround(tool))
}

/**
 * What speaks against the claim that every test ran: a sentence each.
 *
 * @param {readonly string[]} required the committed list
 * @param {ReadonlyMap<string, {assertions: number, lacking?: readonly string[]}>} ran by test file
 * @param {(tool: string) => boolean} [isAround]
 */
export function complaints(required, ran, isAround) {
  const unlisted = [...ran.keys()].filter((test) => !required.includes(test))
  const silent = required.filter((test) => !ran.get(test)?.assertions && !isExcused(ran.get(test), isAround))
  return [
    ...silent.map((test) => `${test} ${ran.has(test) ? 'ran without a single assertion' : 'did not run'}`),
    ...unlisted.map((test) => `${test} is not in test/required-tests.txt; 'npm run test:list' adds it`),
  ]
}
