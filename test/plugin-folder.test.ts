import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { GroupSpec } from '@infrakit/spi'
import { waitUntil } from '@infrakit/testing'
import t, { type Test } from 'tap'
import { infrakit } from './environment/cli.js'
import { createWorld, pluginNames, runPlugin, type World } from './faults/world.js'

const root = process.getuid?.() === 0
const nobody = 65534

interface Case {
  readonly what: string
  /** Spoils the plugin folder of a world, and answers which one is to be used. */
  readonly spoil: (world: World) => string
  readonly said: RegExp
  readonly advice: RegExp
  readonly skip?: string | false
}

const cases: readonly Case[] = [
  {
    what: 'a folder whose path is too long for sockets',
    spoil: ({ pluginsDir }) => join(pluginsDir, 'x'.repeat(100)),
    said: /a socket in .* needs a path of \d+ bytes; 103 are possible/,
    advice: /Use a folder with a shorter path \(--plugins-dir or INFRAKIT_PLUGINS_DIR\), or a shorter name/,
  },
  {
    what: 'a folder that belongs to somebody else',
    spoil: ({ pluginsDir }) => (chownSync(pluginsDir, nobody, nobody), pluginsDir),
    said: /the plugin folder .* belongs to another user \(uid 65534, not 0\)/,
    advice: /Use a folder of your own: --plugins-dir or INFRAKIT_PLUGINS_DIR/,
    skip: !root && 'needs root to give a folder away',
  },
  {
    what: 'a folder that everybody may write to',
    spoil: ({ pluginsDir }) => (chmodSync(pluginsDir, 0o777), pluginsDir),
    said: /the plugin folder .* is writable for everybody/,
    advice: /chmod 700/,
  },
]

/** What a folder holds, of which nothing may come from a plugin that was refused. */
function contents(dir: string): string[] {
  return existsSync(dir) ? readdirSync(dir) : []
}

async function isRefused(t: Test, world: World, folder: string, { said, advice }: Case): Promise<void> {
  const env = { INFRAKIT_HOME: world.home, INFRAKIT_PLUGINS_DIR: folder }
  for (const name of pluginNames) {
    const started = runPlugin(t, name, { env })
    t.same(await started.exited, { code: 2, signal: null }, name)
    t.match(await waitUntil('its words', () => started.output()), said)
    t.match(started.output(), advice)
    t.equal(started.output().trimEnd().split('\n').length, 2, 'one line, and one of advice')
  }
  const cli = await infrakit(t, { home: world.home, pluginsDir: folder }, ['plugin', 'start', 'instance-file'])
  t.equal(cli.code, 1)
  t.match(cli.said, said, 'plugin start says so')
  t.match(cli.said, advice)
  t.same(contents(folder), [])
}

for (const one of cases) {
  t.test(`${one.what} is refused with advice, and nothing is left`, { skip: one.skip ?? false }, async (t) => {
    const world = await createWorld(t)
    await isRefused(t, world, one.spoil(world), one)
  })
}

t.test('control: the same folder as it should be is served in', async (t) => {
  const world = await createWorld(t)
  await world.start('instance-file')
  t.equal((await infrakit(t, world, ['instance', 'describe', '--name', 'instance-file'])).code, 0)
})

/** Rights of everything below a folder, by its path within. */
function rights(dir: string, within = ''): [string, number][] {
  return readdirSync(join(dir, within), { withFileTypes: true }).flatMap((entry) => {
    const path = join(within, entry.name)
    // Links have no rights of their own.
    const own: [string, number][] = entry.isSymbolicLink() ? [] : [[path, statSync(join(dir, path)).mode & 0o777]]
    return entry.isDirectory() ? [...own, ...rights(dir, path)] : own
  })
}

const spec: GroupSpec = {
  ID: 'web',
  Properties: {
    Allocation: { Size: 1 },
    Instance: { Plugin: 'instance-file', Properties: { Note: 'secret' } },
    Flavor: { Plugin: 'flavor-vanilla', Properties: null },
  },
}

t.test('nobody else can read state, logs, sockets or instances, whatever the umask', async (t) => {
  const before = process.umask(0o000)
  t.teardown(() => process.umask(before))
  const world = await createWorld(t)
  mkdirSync(join(world.home, 'open'), { mode: 0o777 })
  const started = await infrakit(t, world, ['plugin', 'start', ...pluginNames])
  t.teardown(() => infrakit(t, world, ['plugin', 'stop', '--all']))
  t.equal(started.code, 0, started.said)
  await world.commit(spec)
  await world.converged('web', 1)
  // Made by the test, not by a plugin.
  const found = rights(world.home).filter(([path]) => !['open', 'instances'].includes(path))
  const paths = found.map(([path]) => path)
  for (const made of ['state/group/groups/web.json', 'logs/group.log', 'plugins/group', 'run/group.json']) {
    t.ok(paths.includes(made), `${made} is among them`)
  }
  t.ok(paths.some((path) => path.startsWith('instances/instance-')))
  t.same(
    found.filter(([, mode]) => (mode & 0o077) !== 0),
    [],
  )
  t.notSame(
    rights(world.home).filter(([, mode]) => (mode & 0o077) !== 0),
    [],
    'control: an open folder is noticed',
  )
  t.equal((await infrakit(t, world, ['plugin', 'stop', '--all'])).code, 0)
})
