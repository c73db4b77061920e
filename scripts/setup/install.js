import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** @param {string} path */
function readIfThere(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined
    throw error
  }
}

/** @param {string} root */
function lockfileHash(root) {
  return createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex')
}

/** @param {string} root */
function stampPath(root) {
  return join(root, 'node_modules', '.infrakit-installed')
}

/** @param {string} root */
function writeStamp(root) {
  mkdirSync(join(root, 'node_modules'), { recursive: true })
  writeFileSync(stampPath(root), lockfileHash(root))
}

/**
 * Whether npm's own note of what it installed has everything that the lockfile asks for, so that an install done by hand
 * is not done again. Packages that a platform may leave out are not looked for.
 *
 * @param {string} root
 */
function installedByHand(root) {
  const note = readIfThere(join(root, 'node_modules', '.package-lock.json'))
  if (note === undefined) return false
  const have = JSON.parse(note).packages
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages
  return Object.entries(wanted).every(([path, entry]) => {
    if (!path.includes('node_modules/')) return true
    const found = have[path]
    return found ? found.version === entry.version : Boolean(entry.optional || entry.devOptional || entry.peer)
  })
}

/**
 * Whether node_modules is what the lockfile asks for.
 *
 * @param {string} root
 */
export function isInstalled(root) {
  if (readIfThere(stampPath(root)) === lockfileHash(root)) return true
  if (!installedByHand(root)) return false
  writeStamp(root)
  return true
}

/**
 * Installs from the lockfile. Throws when npm fails; npm has said why.
 *
 * @param {string} root
 */
export function install(root) {
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error']
  const npm = process.env['npm_execpath']
  const [command, first] = npm?.endsWith('npm-cli.js') ? [process.execPath, [npm]] : ['npm', []]
  // What npm prints is no result of the command that set-up precedes: it goes to standard error.
  const { status, error } = spawnSync(command, [...first, ...args], { cwd: root, stdio: ['ignore', 2, 2] })
  if (error) throw new Error(`npm could not be run: ${error.message}; it comes with Node`)
  if (status !== 0) throw new Error("'npm ci' failed; see above")
  writeStamp(root)
}
