import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { readContents, type Contents } from './imports.js'

export interface SourceFile extends Contents {
  /** From the root of the repository. */
  readonly path: string
  /** Whether it is shipped; the rest is tests. */
  readonly shipped: boolean
}

/** One TypeScript project of the repository, as far as the rules look at it. */
export interface Workspace {
  /** From the root, e.g. `packages/rpc`. */
  readonly folder: string
  /** `@infrakit/rpc`; `undefined` for a project that is no package. */
  readonly name: string | undefined
  readonly dependencies: readonly string[]
  /** Folders of the projects that its tsconfig.json references. */
  readonly references: readonly string[]
  /** Source file of each thing it exports, by specifier. */
  readonly exports: ReadonlyMap<string, string>
  readonly files: readonly SourceFile[]
}

interface Manifest {
  name?: string
  dependencies?: Record<string, string>
  exports?: Record<string, { default: string }>
}

function readJson(path: string): unknown {
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {}
}

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    // A template is no source of ours: it becomes one of somebody else's.
    if (['dist', 'node_modules', 'templates'].includes(entry.name)) return []
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return sources(path)
    return /\.[jt]s$/.test(entry.name) ? [path] : []
  })
}

function references(folder: string): string[] {
  const config = readJson(join(folder, 'tsconfig.json')) as { references?: { path: string }[] }
  return (config.references ?? []).map((reference) => join(folder, reference.path))
}

function readWorkspace(root: string, folder: string): Workspace {
  const manifest = readJson(join(folder, 'package.json')) as Manifest
  const name = manifest.name
  const within = (path: string) => relative(root, path)
  const exported = Object.entries(manifest.exports ?? {}).map(
    ([key, target]) =>
      [
        `${name}${key.slice(1)}`,
        within(join(folder, target.default.replace('./dist/', '').replace(/\.js$/, '.ts'))),
      ] as const,
  )
  return {
    folder: within(folder),
    name,
    dependencies: Object.keys(manifest.dependencies ?? {}),
    references: references(folder).map(within),
    exports: new Map(exported),
    files: sources(folder).map((path) => ({
      path: within(path),
      shipped: /^(src|bin)\//.test(relative(folder, path)),
      ...readContents(readFileSync(path, 'utf8')),
    })),
  }
}

/** Every project that the root's tsconfig.json builds. */
export function readWorkspaces(root: string): Workspace[] {
  return references(root).map((folder) => readWorkspace(root, folder))
}
