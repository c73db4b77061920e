import { plantCanary } from './canary.js'
import { resultsReader } from './results.js'
import { prepareTap, runTap } from './tap.js'

/**
 * Runs tests with a secret planted in their environment.
 *
 * @param {string} root
 * @param {ReturnType<typeof import('./files.js').allTests>} tests
 * @param {(test: string, result: import('./results.js').FileResult) => void} onResult called when a test file is done
 * @param {Parameters<typeof runTap>[3]} [how]
 * @returns {Promise<{ok: boolean, leaks: string[]}>} whether tap is content, and a sentence for each place where the
 *   secret came out
 */
export async function runTests(root, tests, onResult, how = {}) {
  prepareTap(root)
  const sources = new Map(tests.map(({ source, file }) => [file, source]))
  const canary = plantCanary()
  try {
    const read = resultsReader((file, result) => {
      const test = sources.get(file) ?? file
      canary.attribute(test)
      onResult(test, result)
    })
    /** @param {string} line */
    const onLine = (line) => {
      canary.search(line)
      read(line)
    }
    /** @param {string} line */
    const onNoise = (line) => {
      canary.search(line)
      process.stderr.write(`${line}\n`)
    }
    const env = { ...how.env, ...canary.env }
    const ok = await runTap(root, [...sources.keys()], { onLine, onNoise }, { ...how, env })
    return { ok, leaks: canary.findings() }
  } finally {
    canary.remove()
  }
}
