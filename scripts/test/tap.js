import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
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
 * Runs compiled test files; progress and failures go to standard output.
 *
 * @param {string} root
 * @param {readonly string[]} files relative to the root
 * @returns {{ok: boolean, tap: string}} all that the tests said
 */
export function runTap(root, files) {
  const folder = mkdtempSync(join(tmpdir(), 'ik-tap-'))
  const output = join(folder, 'results.tap')
  const options = [
    '--reporter=terse',
    `--jobs=${availableParallelism()}`,
    `--output-file=${output}`,
    // No test may depend on whether it runs in CI; colour, for one, does.
    '--test-env=CI',
  ]
  // Without a terminal the reporter would print each frame of its progress; in CI it prints the last alone.
  const env = process.stdout.isTTY ? process.env : { ...process.env, CI: '1' }
  try {
    const run = spawnSync(process.execPath, [tapProgram(root), 'run', ...options, ...files], {
      cwd: root,
      env,
      stdio: ['ignore', 'inherit', 'inherit'],
    })
    return { ok: run.status === 0, tap: readFileSync(output, 'utf8') }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
