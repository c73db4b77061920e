import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'

/** Endings of what the compiler writes for one source file. */
const outputEnding = /\.(js|js\.map|d\.ts|d\.ts\.map)$/
const neverSources = new Set(['node_modules', 'dist', '.tap', 'templates'])

/**
 * Every file below a folder, as a path; a missing folder has none.
 *
 * @param {string} folder
 * @param {(name: string) => boolean} enters whether to look into a folder of that name
 * @returns {string[]}
 */
export function filesBelow(folder, enters = () => true) {
  let entries
  try {
    entries = readdirSync(folder, { withFileTypes: true })
  } catch (error) {
    if (error.code === 'ENOENT') return []
    throw error
  }
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return enters(entry.name) ? filesBelow(path, enters) : []
    return entry.isFile() ? [path] : []
  })
}

/**
 * The folders that `tsc -b` builds.
 *
 * @param {string} root
 * @returns {string[]}
 */
export function projects(root) {
  const config = JSON.parse(readFileSync(join(root, 'tsconfig.json'), 'utf8'))
  return config.references.map((/** @type {{path: string}} */ reference) => join(root, reference.path))
}

/** @param {string} project */
export function sourcesOf(project) {
  const files = filesBelow(project, (name) => !neverSources.has(name))
  return files.filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts'))
}

/**
 * Everything that decides what the compiler writes.
 *
 * @param {string} root
 */
export function compilerInputs(root) {
  const configs = (/** @type {string} */ folder) => ['tsconfig.json', 'package.json'].map((name) => join(folder, name))
  const all = projects(root)
  return [
    join(root, 'tsconfig.base.json'),
    join(root, 'package-lock.json'),
    ...configs(root),
    ...all.flatMap((project) => [...configs(project), ...sourcesOf(project)]),
  ]
}

/**
 * What the compiler makes of a source file.
 *
 * @param {string} project
 * @param {string} source
 */
export function compiled(project, source) {
  return join(project, 'dist', relative(project, source).replace(/\.ts$/, '.js'))
}

/** @param {string} path */
export function exists(path) {
  return statSync(path, { throwIfNoEntry: false }) !== undefined
}

/**
 * Removes what was compiled from sources that are gone: a deleted test would run for ever.
 *
 * @param {readonly string[]} folders the projects
 * @returns {string[]} the paths removed (or, with `dryRun`, to be removed)
 */
export function removeStale(folders, { dryRun = false } = {}) {
  const stale = folders.flatMap((project) => {
    const known = new Set(sourcesOf(project).map((source) => compiled(project, source).replace(/\.js$/, '')))
    const outputs = filesBelow(join(project, 'dist')).filter((path) => outputEnding.test(path))
    return outputs.filter((path) => !known.has(path.replace(outputEnding, '')))
  })
  if (!dryRun) for (const path of stale) rmSync(path, { force: true })
  return stale
}
