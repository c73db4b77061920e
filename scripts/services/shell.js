import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

/** Whether a command is there, or with `'file'` a file. @param {string} what @param {'file'} [kind] */
export function isThere(what, kind) {
  if (kind === 'file') return existsSync(what)
  return spawnSync('sh', ['-c', 'command -v "$0"', what], { stdio: 'ignore' }).status === 0
}

/** Whether a command succeeds. @param {readonly string[]} argv */
export function succeeds([command = '', ...args]) {
  return spawnSync(command, args, { stdio: 'ignore', timeout: 30_000 }).status === 0
}

/**
 * Runs a command to its end and answers what it wrote. Throws with its last words when it fails.
 *
 * @param {readonly string[]} argv @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} [options]
 */
export function run([command = '', ...args], options = {}) {
  const { status, error, stdout, stderr } = spawnSync(command, args, {
    ...options,
    encoding: 'utf8',
    maxBuffer: 64 << 20,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  if (!error && status === 0) return stdout
  const words = error?.message ?? stderr.trim().split('\n').slice(-3).join('\n')
  throw new Error(`${[command, ...args].join(' ')} failed: ${words}`)
}
