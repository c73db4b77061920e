import { accessSync, constants, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { InfrakitError } from '@infrakit/spi'

/**
 * Finds a program as a shell would: by its path, from the working directory, or in the folders of PATH.
 *
 * @param property what names it, for the error
 * @throws input when there is none that may be run
 */
export function findProgram(name: string, searchPath: string, cwd: string, property: string): string {
  const candidates = name.includes('/') ? [resolve(cwd, name)] : folders(searchPath).map((dir) => join(dir, name))
  const found = candidates.find(isProgram)
  if (found !== undefined) return found
  const where = name.includes('/') ? '' : ` in PATH (${searchPath})`
  const message = candidates.some(isThere)
    ? `the program '${name}' may not be run`
    : `there is no program '${name}'${where}`
  throw new InfrakitError('input', `${property}: ${message}`, {
    path: property,
    hint: 'Install the program, correct its name, or set PATH.',
  })
}

/** An empty part of PATH means the working directory, which is nobody's intention. */
function folders(searchPath: string): string[] {
  return searchPath.split(':').filter((dir) => dir.startsWith('/'))
}

function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return isThere(path)
  } catch {
    return false
  }
}
