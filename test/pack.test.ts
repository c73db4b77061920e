import { execFile } from 'node:child_process'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t from 'tap'
import { temporaryFolder } from '@infrakit/testing'

const root = fileURLToPath(new URL('../..', import.meta.url))
const run = promisify(execFile)

interface Packed {
  readonly name: string
  readonly version: string
  readonly filename: string
  readonly files: readonly { readonly path: string }[]
}

interface Manifest {
  readonly bin?: Readonly<Record<string, string>>
  readonly exports: Readonly<Record<string, Readonly<Record<string, string>>>>
}

/** The environment without what the npm that runs this test has put there for its own child, with what a registry may need. */
function cleanEnvironment(home: string): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(npm_(package|lifecycle)_|npm_config_local)/.test(name),
  )
  const { INFRAKIT_NPM_CA_CERTS: NODE_EXTRA_CA_CERTS } = process.env
  const certificates = NODE_EXTRA_CA_CERTS === undefined ? {} : { NODE_EXTRA_CA_CERTS }
  return { ...Object.fromEntries(kept), ...certificates, INFRAKIT_HOME: home }
}

async function pack(destination: string, env: NodeJS.ProcessEnv): Promise<Packed[]> {
  const args = ['pack', '--workspaces', '--ignore-scripts', '--json', '--loglevel=error']
  const { stdout } = await run('npm', [...args, `--pack-destination=${destination}`], {
    cwd: root,
    env,
    maxBuffer: 64 * 1024 * 1024,
  })
  const packed = JSON.parse(stdout) as Packed[] | Record<string, Packed>
  return Object.values(packed)
}

async function workspaces(): Promise<string[]> {
  const folders = ['packages', 'plugins'].map(async (parent) => {
    const names = await readdir(join(root, parent))
    return names.map((name) => join(parent, name))
  })
  return [...(await Promise.all(folders)).flat(), 'cli']
}

t.test('packed, every package installs and runs elsewhere', { timeout: 300_000 }, async (t) => {
  const folder = await temporaryFolder(t)
  const env = cleanEnvironment(join(folder, 'home'))
  const packed = await pack(folder, env)
  t.equal(packed.length, (await workspaces()).length, 'every workspace is packed')

  await writeFile(join(folder, 'package.json'), '{ "private": true }\n')
  const install = ['install', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', '--no-package-lock']
  await run('npm', [...install, '--loglevel=error', ...packed.map(({ filename }) => `./${filename}`)], {
    cwd: folder,
    env,
  })

  const license = await readFile(join(root, 'LICENSE'), 'utf8')
  for (const { name, version, files } of packed) {
    await t.test(name, async (t) => {
      const paths = files.map(({ path }) => path)
      const strange = paths.filter(
        (path) =>
          !/^(dist\/src\/|bin\/|lua\/|templates\/|(LICENSE|README\.md|package\.json|example(\.compose)?\.yml)$)/.test(
            path,
          ),
      )
      t.same(strange, [], 'holds what runs, and no tests')
      t.ok(paths.includes('README.md'), 'has a README')

      const installed = join(folder, 'node_modules', name)
      t.equal(await readFile(join(installed, 'LICENSE'), 'utf8').catch(() => 'none'), license, 'has the licence')
      const manifest = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8')) as Manifest
      for (const target of Object.values(manifest.exports).flatMap((one) => Object.values(one))) {
        t.ok(paths.includes(target.slice(2)), `has ${target}`)
      }
      for (const entry of Object.keys(manifest.exports)) {
        const specifier = name + entry.slice(1)
        const load = run(process.execPath, ['-e', `import('${specifier}').then(() => process.exit())`], {
          cwd: folder,
          env,
        })
        await t.resolves(load, `${specifier} can be imported`)
      }
      for (const executable of Object.keys(manifest.bin ?? {})) {
        const { stdout } = await run(join(folder, 'node_modules', '.bin', executable), ['--version'], {
          cwd: folder,
          env,
        })
        t.ok(stdout.trim().split(/\s+/).includes(version), `${executable} --version says ${version}`)
      }
    })
  }
})
