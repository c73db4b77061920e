import { fileURLToPath } from 'node:url'
import t from 'tap'
import { packageOf, readContents } from './dependency-direction/imports.js'
import { loadedBy } from './dependency-direction/loaded.js'
import { problems } from './dependency-direction/rules.js'
import { readWorkspaces, type Workspace } from './dependency-direction/workspace.js'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** A project with one file, which imports nothing that would be wrong in itself. */
function project(folder: string, name: string | undefined, source: string, more: Partial<Workspace> = {}): Workspace {
  const file = { path: `${folder}/src/index.ts`, shipped: true, ...readContents(source) }
  return { folder, name, dependencies: [], references: [], exports: new Map(), files: [file], ...more }
}

function importing(specifier: string): string {
  return `import { x } from '${specifier}'`
}

const spi = project('packages/spi', '@infrakit/spi', '')

t.test('every way to import is seen', async (t) => {
  const sample = `
    import { a } from 'static'
    import type { B } from 'type-only'
    import { type C } from 'inline-type'
    import 'side-effect'
    export * from 'all'
    export { d } from './some.js'
    export type { E } from 'type-export'
    type F = import('import-type').F
    const g = () => import('dynamic')
    // import { no } from 'comment'
    const h = "import { no } from 'text'"
  `
  t.same(
    readContents(sample).imports.map(({ specifier, loads }) => `${specifier} ${loads}`),
    [
      'static always',
      'type-only never',
      'inline-type always',
      'side-effect always',
      'all always',
      './some.js always',
      'type-export never',
      'import-type never',
      'dynamic later',
    ],
  )
})

t.test('the package of a specifier', async (t) => {
  t.equal(packageOf('@infrakit/rpc/client'), '@infrakit/rpc')
  t.equal(packageOf('zod'), 'zod')
  t.equal(packageOf('./x.js'), undefined)
})

t.test('violations are seen', async (t) => {
  const cases: [what: string, expected: RegExp, workspace: Workspace][] = [
    ['spi imports Node', /no module of Node/, project('packages/spi', '@infrakit/spi', importing('node:path'))],
    ['spi imports a library', /zod alone/, project('packages/spi', '@infrakit/spi', importing('yaml'))],
    [
      'rpc imports upwards',
      /may not import plugins/,
      project('packages/rpc', '@infrakit/rpc', importing('@infrakit/a')),
    ],
    [
      'store imports spi',
      /may not import packages\/spi/,
      project('packages/store', 'store', importing('@infrakit/spi')),
    ],
    [
      'docker imports store',
      /may not import packages\/store/,
      project('packages/docker', 'docker', importing('@infrakit/store')),
    ],
    ['group opens files', /handed in/, project('packages/group', '@infrakit/group', importing('node:fs/promises'))],
    ['a plugin imports another', /b may not import plugins\/a/, project('plugins/b', 'b', importing('@infrakit/a'))],
    ['the CLI imports the server', /client half/, project('cli', '@infrakit/cli', importing('@infrakit/rpc'))],
    ['by type only', /may not import/, project('packages/rpc', 'rpc', `type A = import('@infrakit/a').A`)],
    ['no dependency', /'zod' is imported and no/, project('plugins/b', 'b', importing('zod'))],
    ['unused dependency', /'zod' is a dependency and/, project('plugins/b', 'b', '', { dependencies: ['zod'] })],
    ['missing reference', /no reference to packages\/spi/, project('plugins/b', 'b', importing('@infrakit/spi'))],
    ['unused reference', /a reference to packages\/spi/, project('plugins/b', 'b', '', { references: [spi.folder] })],
  ]
  const rpc = project('packages/rpc', '@infrakit/rpc', '')
  const plugin = project('plugins/a', '@infrakit/a', '')
  const store = project('packages/store', '@infrakit/store', '')
  for (const [what, expected, workspace] of cases) {
    const others = [spi, rpc, plugin, store].filter((one) => one.folder !== workspace.folder)
    t.match(problems([...others, workspace]).join('\n'), expected, what)
  }
})

t.test('what is allowed is not reported', async (t) => {
  const rpc = project('packages/rpc', '@infrakit/rpc', importing('@infrakit/spi'), {
    dependencies: ['@infrakit/spi', 'pino-pretty'],
    references: ['packages/spi'],
  })
  const byName = { path: 'packages/rpc/src/log.ts', shipped: true, ...readContents(`log({ target: 'pino-pretty' })`) }
  const test = { path: 'packages/rpc/test/a.test.ts', shipped: false, ...readContents(importing('tap')) }
  t.same(problems([spi, { ...rpc, files: [...rpc.files, byName, test] }]), [])
})

t.test('what a module loads', async (t) => {
  const entry = `
    import type { A } from 'types'
    import '@infrakit/spi/sub'
    const later = () => import('later')
  `
  const sub = { path: 'packages/spi/src/sub.ts', shipped: true, ...readContents(importing('zod')) }
  const library = { ...spi, exports: new Map([['@infrakit/spi/sub', sub.path]]), files: [...spi.files, sub] }
  t.same(
    [...loadedBy('cli/src/index.ts', [library, project('cli', 'cli', entry)])],
    ['cli/src/index.ts', 'packages/spi/src/sub.ts', 'zod'],
  )
})

t.test('this repository', async (t) => {
  const workspaces = readWorkspaces(root)
  t.same(problems(workspaces), [], 'holds the rules')
  for (const entry of ['packages/rpc/src/client.ts', 'packages/discovery/src/index.ts', 'cli/src/main.ts']) {
    const loaded = loadedBy(entry, workspaces)
    for (const heavy of ['express', 'zod', 'pino', 'packages/rpc/src/server.ts'])
      t.notOk(loaded.has(heavy), `${entry} does not load ${heavy}`)
  }
  const engine = loadedBy('packages/docker/src/index.ts', workspaces)
  t.notOk(engine.has('dockerode'), 'an engine that is only mentioned loads no client of it')
})
