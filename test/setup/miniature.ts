import { execFile } from 'node:child_process'
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { temporaryFolder } from '@infrakit/testing'

const root = fileURLToPath(new URL('../../..', import.meta.url))

/** Compiles as much as set-up looks at, notes each run, and fails on a source that says so. */
const compiler = `
const { appendFileSync, mkdirSync, readFileSync, readdirSync, writeFileSync } = require('node:fs')
appendFileSync('compiled.log', 'x')
Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200)
mkdirSync('part/dist/src', { recursive: true })
for (const name of readdirSync('part/src')) {
  const text = readFileSync('part/src/' + name, 'utf8')
  if (text.includes('error')) { console.log(name + ': it does not compile'); process.exit(1) }
  writeFileSync('part/dist/src/' + name.replace(/ts$/, 'js'), text)
}
`

const lockfile = {
  name: 'miniature',
  lockfileVersion: 3,
  requires: true,
  packages: {
    '': { name: 'miniature', workspaces: ['typescript'] },
    'node_modules/typescript': { resolved: 'typescript', link: true },
    typescript: { version: '1.0.0' },
  },
}

export interface Outcome {
  readonly code: number
  readonly said: string
}

export interface Miniature {
  readonly folder: string
  path(name: string): string
  write(name: string, text: string): Promise<void>
  remove(name: string): Promise<void>
  /** How often the compiler ran. */
  compilations(): Promise<number>
  setup(): Promise<Outcome>
  /** Writes another lockfile: one that asks for nothing else, or for a package more. */
  changeLockfile(more?: string): Promise<void>
}

/** A clone with one source file and a compiler of its own, which needs nothing from a registry. */
export async function miniature(t: Parameters<typeof temporaryFolder>[0]): Promise<Miniature> {
  const folder = await temporaryFolder(t)
  const path = (name: string) => join(folder, name)
  const write = async (name: string, text: string) => {
    await mkdir(join(path(name), '..'), { recursive: true })
    await writeFile(path(name), text)
  }
  await cp(join(root, 'scripts'), path('scripts'), { recursive: true })
  await write('package.json', JSON.stringify({ name: 'miniature', type: 'module', workspaces: ['typescript'] }))
  await write('package-lock.json', JSON.stringify(lockfile))
  await write('tsconfig.json', JSON.stringify({ references: [{ path: 'part' }] }))
  await write('typescript/package.json', JSON.stringify({ name: 'typescript', version: '1.0.0' }))
  await write('typescript/bin/tsc', compiler)
  await write('part/src/one.ts', 'one')
  return {
    folder,
    path,
    write,
    remove: (name) => rm(path(name), { recursive: true }),
    compilations: async () => (await readFile(path('compiled.log'), 'utf8').catch(() => '')).length,
    setup: () =>
      new Promise((resolve) => {
        execFile(process.execPath, [path('scripts/setup.js')], (error, stdout, stderr) => {
          resolve({ code: error ? Number(error.code) : 0, said: stdout + stderr })
        })
      }),
    async changeLockfile(more) {
      const { packages, ...rest } = lockfile
      const workspaces = ['typescript', ...(more === undefined ? [] : [more])]
      const added = more && { [`node_modules/${more}`]: { resolved: more, link: true }, [more]: { version: '1.0.0' } }
      const root = { name: 'miniature', workspaces }
      await write(
        'package-lock.json',
        JSON.stringify({ ...rest, packages: { ...packages, '': root, ...added } }, null, 1),
      )
      if (more === undefined) return
      await write('package.json', JSON.stringify({ name: 'miniature', type: 'module', workspaces }))
      await write(`${more}/package.json`, JSON.stringify({ name: more, version: '1.0.0' }))
    },
  }
}
