import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { compiled, exists, projects, sourcesOf } from './sources.js'

/** @param {string} root */
function stampPath(root) {
  return join(root, 'node_modules', '.cache', 'infrakit', 'built')
}

/** @param {readonly string[]} inputs */
function fingerprint(inputs) {
  const hash = createHash('sha256')
  for (const path of [...inputs].sort()) {
    const stats = statSync(path, { throwIfNoEntry: false })
    hash.update(`${path}\0${stats?.mtimeMs}\0${stats?.size}\n`)
  }
  return hash.digest('hex')
}

/** @param {string} project */
function isComplete(project) {
  return sourcesOf(project).every((source) => exists(compiled(project, source)))
}

/**
 * Whether everything was built from the sources as they are now.
 *
 * @param {string} root
 * @param {readonly string[]} inputs
 */
export function isBuilt(root, inputs) {
  try {
    if (readFileSync(stampPath(root), 'utf8') !== fingerprint(inputs)) return false
  } catch (error) {
    if (error.code === 'ENOENT') return false
    throw error
  }
  return projects(root).every(isComplete)
}

/**
 * Compiles all projects. Throws when the compiler finds errors; it has printed them.
 *
 * @param {string} root
 * @param {readonly string[]} inputs
 */
export function build(root, inputs) {
  const stamp = fingerprint(inputs)
  // The compiler trusts its notes and would not write an output again that somebody has deleted.
  for (const project of projects(root)) {
    if (!isComplete(project)) rmSync(join(project, 'dist', 'tsconfig.tsbuildinfo'), { force: true })
  }
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  const { status } = spawnSync(process.execPath, [compiler, '-b'], { cwd: root, stdio: ['ignore', 2, 2] })
  if (status !== 0) throw new Error('the build failed; see above')
  mkdirSync(dirname(stampPath(root)), { recursive: true })
  writeFileSync(stampPath(root), stamp)
}
