import { isBuiltin } from 'node:module'
import { packageOf } from './imports.js'
import type { SourceFile, Workspace } from './workspace.js'

/** The packages of ours that the sources of a package may import; all others are above it. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  'packages/spi': [],
  'packages/rpc': ['@infrakit/spi'],
  'packages/store': [],
  'packages/template': ['@infrakit/spi'],
  'packages/discovery': ['@infrakit/spi', '@infrakit/rpc', '@infrakit/store'],
  'packages/docker': ['@infrakit/spi'],
  'packages/containers': ['@infrakit/spi', '@infrakit/docker', '@infrakit/store'],
  'packages/proxy': ['@infrakit/spi', '@infrakit/store'],
  'packages/programs': ['@infrakit/spi', '@infrakit/store'],
  'packages/host': ['@infrakit/spi', '@infrakit/rpc', '@infrakit/discovery', '@infrakit/store'],
  'packages/group': ['@infrakit/spi'],
  'packages/deployment': ['@infrakit/spi'],
  'packages/testing': ['@infrakit/spi', '@infrakit/rpc'],
  cli: ['@infrakit/spi', '@infrakit/discovery', '@infrakit/rpc', '@infrakit/testing'],
}

/** Controllers get everything that touches the world handed in. */
const withoutWorld = new Set(['packages/group', 'packages/deployment'])
const worldly = /^(node:)?(fs|net|tls|dgram|dns|http|https|http2|child_process|cluster|worker_threads)(\/|$)/

function isPackage(workspace: Workspace): boolean {
  return workspace.folder.startsWith('packages/')
}

function mayImport(workspace: Workspace, other: Workspace): boolean {
  if (workspace.folder.startsWith('plugins/')) return isPackage(other) && other.folder !== 'packages/testing'
  return allowed[workspace.folder]?.includes(other.name ?? '') ?? false
}

/** What forbids one import of a shipped file, in words; `undefined` when nothing does. */
function forbids(workspace: Workspace, specifier: string, byName: ReadonlyMap<string, Workspace>): string | undefined {
  const name = packageOf(specifier)
  if (name === undefined) return undefined
  if (isBuiltin(specifier)) {
    if (workspace.folder === 'packages/spi') return 'the contract runs anywhere and imports no module of Node'
    if (withoutWorld.has(workspace.folder) && worldly.test(specifier)) return 'a controller has its world handed in'
    return undefined
  }
  const other = byName.get(name)
  if (!other) return workspace.folder === 'packages/spi' && name !== 'zod' ? 'the contract needs zod alone' : undefined
  if (other === workspace) return 'a package imports its own files by their path'
  if (!mayImport(workspace, other)) return `${workspace.folder} may not import ${other.folder}`
  if (workspace.folder === 'cli' && name === '@infrakit/rpc' && specifier !== '@infrakit/rpc/client')
    return 'the CLI imports the client half alone'
  return undefined
}

function directionProblems(workspace: Workspace, byName: ReadonlyMap<string, Workspace>): string[] {
  return workspace.files
    .filter((file) => file.shipped)
    .flatMap((file) =>
      file.imports.flatMap(({ specifier }) => {
        const why = forbids(workspace, specifier, byName)
        return why === undefined ? [] : [`${file.path} imports '${specifier}': ${why}`]
      }),
    )
}

function importedPackages(files: readonly SourceFile[]): Set<string> {
  const names = files.flatMap((file) => file.imports.map(({ specifier }) => packageOf(specifier)))
  return new Set(names.filter((name) => name !== undefined && !isBuiltin(name)) as string[])
}

function dependencyProblems(workspace: Workspace): string[] {
  if (workspace.name === undefined) return []
  const shipped = workspace.files.filter((file) => file.shipped)
  const used = importedPackages(shipped)
  const missing = [...used].filter((name) => name !== workspace.name && !workspace.dependencies.includes(name))
  const unused = workspace.dependencies.filter(
    (name) => !used.has(name) && !shipped.some((file) => file.texts.has(name)),
  )
  return [
    ...missing.map((name) => `${workspace.folder}/package.json: '${name}' is imported and no dependency`),
    ...unused.map((name) => `${workspace.folder}/package.json: '${name}' is a dependency and never imported`),
  ]
}

function referenceProblems(workspace: Workspace, byName: ReadonlyMap<string, Workspace>): string[] {
  const imported = [...importedPackages(workspace.files)]
    .map((name) => byName.get(name)?.folder)
    .filter((folder) => folder !== undefined && folder !== workspace.folder)
  const missing = imported.filter((folder) => folder !== undefined && !workspace.references.includes(folder))
  // What is no package may reference more: it starts programs that it never imports.
  const unused = workspace.name ? workspace.references.filter((folder) => !imported.includes(folder)) : []
  return [
    ...missing.map((folder) => `${workspace.folder}/tsconfig.json: no reference to ${folder}, which is imported`),
    ...unused.map((folder) => `${workspace.folder}/tsconfig.json: a reference to ${folder}, which is never imported`),
  ]
}

/** Everything that breaks a rule of how the parts may depend on each other, a sentence each. */
export function problems(workspaces: readonly Workspace[]): string[] {
  const byName = new Map(workspaces.flatMap((one) => (one.name === undefined ? [] : [[one.name, one] as const])))
  return workspaces.flatMap((workspace) => [
    ...directionProblems(workspace, byName),
    ...dependencyProblems(workspace),
    ...referenceProblems(workspace, byName),
  ])
}
