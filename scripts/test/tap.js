import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { withLock } from '../setup/lock.js'

/** @param {string} root */
function tapProgram(root) {
  return join(root, 'node_modules', 'tap', 'dist', 'esm', 'run.mjs')
}

/**
 * Has tap made from the plugins that .taprc names. It would do so by itself, but in the middle of its first run.
 *
 * @param {string} root
 */
export function prepareTap(root) {
  const stamp = join(root, 'node_modules', '.cache', 'infrakit', 'tap')
  const hash = createHash('sha256')
  for (const name of ['.taprc', 'package-lock.json']) hash.update(readFileSync(join(root, name)))
  const wanted = hash.digest('hex')
  const isMade = () => {
    try {
      return readFileSync(stamp, 'utf8') === wanted
    } catch {
      return false
    }
  }
  if (isMade()) return
  const make = () => {
    if (isMade()) return
    const made = spawnSync(process.execPath, [tapProgram(root), 'build'], { cwd: root, encoding: 'utf8' })
    if (made.status !== 0) throw new Error(`tap could not be made from its plugins:\n${made.stdout}${made.stderr}`)
    mkdirSync(join(stamp, '..'), { recursive: true })
    writeFileSync(stamp, wanted)
  }
  withLock(join(root, '.setup.lock'), make, () => undefined)
}

/**
 * Tests speak to this machine alone, and each Node process reads such a file when it starts: 0.1 s of a processor, thousands of
 * times. Whoever installs packages gets it back as INFRAKIT_NPM_CA_CERTS.
 *
 * @param {Readonly<Record<string, string | undefined>>} env
 */
function withoutExtraCertificates({ NODE_EXTRA_CA_CERTS: certificates, ...env }) {
  return certificates === undefined ? env : { ...env, INFRAKIT_NPM_CA_CERTS: certificates }
}

/**
 * Runs compiled test files.
 *
 * @param {string} root
 * @param {readonly string[]} files relative to the root
 * @param {{onLine: (line: string) => void, onNoise: (line: string) => void}} on gets all that the tests say, as TAP, and
 *   what they print to standard error
 * @param {{jobs?: number, timeoutSeconds?: number, env?: Record<string, string>}} [how] by default one more at once than
 *   there are cores, for some wait while others compute, and the timeout of .taprc
 * @returns {Promise<boolean>} whether all is well
 */
export async function runTap(root, files, { onLine, onNoise }, how = {}) {
  const options = [
    '--reporter=tap',
    `--jobs=${how.jobs ?? availableParallelism() + 1}`,
    ...(how.timeoutSeconds === undefined ? [] : [`--timeout=${how.timeoutSeconds}`]),
    // No test may depend on whether it runs in CI; colour, for one, does.
    '--test-env=CI',
    `--node-arg=--import=${new URL('plain-children.js', import.meta.url)}`,
  ]
  const run = spawn(process.execPath, [tapProgram(root), 'run', ...options, ...files], {
    cwd: root,
    env: { ...withoutExtraCertificates(process.env), ...how.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const exited = once(run, 'exit')
  createInterface({ input: run.stderr }).on('line', onNoise)
  for await (const line of createInterface({ input: run.stdout })) onLine(line)
  const [code] = await exited
  // Should a process be left over, it may hold this for ever.
  setTimeout(() => run.stderr.destroy(), 1000).unref()
  return code === 0
}
