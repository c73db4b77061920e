import { join } from 'node:path'
import { packageOf } from './imports.js'
import type { SourceFile, Workspace } from './workspace.js'

/**
 * All that is loaded before the first line of a module of ours runs: paths of our files, names of other packages. What is
 * imported later, by a call, is not followed.
 */
export function loadedBy(entry: string, workspaces: readonly Workspace[]): Set<string> {
  const files = new Map<string, SourceFile>(workspaces.flatMap((one) => one.files.map((file) => [file.path, file])))
  const exported = new Map(workspaces.flatMap((one) => [...one.exports]))
  const loaded = new Set<string>()
  const visit = (path: string): void => {
    if (loaded.has(path)) return
    loaded.add(path)
    for (const { specifier, loads } of files.get(path)?.imports ?? []) {
      if (loads !== 'always') continue
      const name = packageOf(specifier)
      if (name === undefined) visit(join(path, '..', specifier).replace(/\.js$/, '.ts'))
      else visit(exported.get(specifier) ?? name)
    }
  }
  if (!files.has(entry)) throw new Error(`there is no ${entry}`)
  visit(entry)
  return loaded
}
