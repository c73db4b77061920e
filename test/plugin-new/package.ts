import { execFile } from 'node:child_process'
import { symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Home } from '../plugin-authors/home.js'

const run = promisify(execFile)
const modules = fileURLToPath(new URL('../../../node_modules', import.meta.url))

/** The package of a new plugin, as its author has it after `npm install`. */
export interface NewPackage {
  readonly folder: string
  readonly executable: string
  compile(): Promise<unknown>
  /** Runs its own tests; answers what they printed. */
  test(): Promise<string>
}

/** Makes one by `infrakit plugin new`. What it depends on comes from this workspace instead of a registry. */
export async function createPackage(home: Home, kind: string, name: string): Promise<NewPackage> {
  await home.infrakit('plugin', 'new', kind, name)
  const folder = join(home.folder, name)
  await symlink(modules, join(folder, 'node_modules'))
  // The runner of this test must not take part in a run of node:test.
  const { NODE_OPTIONS: _options, NODE_TEST_CONTEXT: _context, ...env } = home.env
  const inFolder = (...args: string[]) => run(process.execPath, args, { cwd: folder, env })
  return {
    folder,
    executable: join(folder, 'bin', `infrakit-${name}.js`),
    compile: () => inFolder(join(modules, 'typescript', 'bin', 'tsc')),
    test: async () => (await inFolder('--test', 'dist/test/plugin.test.js')).stdout,
  }
}
