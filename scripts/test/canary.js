import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * @typedef {object} Canary
 * @property {Record<string, string>} env  what a test run gets into its environment
 * @property {(text: string) => void} search  looks for the secret in what the tests print
 * @property {(test: string) => void} attribute  says whose output was searched since the last time
 * @property {() => string[]} findings  a sentence for each place where the secret came out
 * @property {() => void} remove
 */

/**
 * A secret for one test run: every process of the run has it in its environment, and it must not come out anywhere.
 * What the tests start and leave behind is searched by the helpers of `@infrakit/testing`, which write down what they
 * find in the file that the environment names.
 *
 * @returns {Canary}
 */
export function plantCanary() {
  const secret = `canary-${randomBytes(16).toString('hex')}`
  const folder = mkdtempSync(join(tmpdir(), 'ik-canary-'))
  const file = join(folder, 'findings')
  writeFileSync(file, '')
  /** @type {{test: string, where: string, line: string}[]} */
  const printed = []
  /** @type {string[]} */
  let pending = []

  /** @param {string} test */
  function attribute(test) {
    for (const line of pending) printed.push({ test, where: 'what it prints', line })
    pending = []
  }

  return {
    env: { INFRAKIT_TEST_CANARY: secret, INFRAKIT_TEST_CANARY_FINDINGS: file },
    search(text) {
      if (text.includes(secret)) pending.push(text.replaceAll(secret, '<canary>').trim().slice(0, 300))
    },
    attribute,
    findings() {
      attribute('a test')
      const written = readFileSync(file, 'utf8').split('\n').filter(Boolean)
      const all = [...printed, ...written.map((line) => JSON.parse(line))]
      return all.map(({ test, where, line }) => `${test}: the secret of this run is in ${where}: ${line}`)
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
