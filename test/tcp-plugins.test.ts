import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { groupInterface, type GroupSpec } from '@infrakit/spi'
import { temporaryFolder, waitUntil } from '@infrakit/testing'
import t, { type Test } from 'tap'
import { infrakit } from './environment/cli.js'
import { writeKeys } from './environment/keys.js'
import { createWorld, pluginNames, runPlugin, type World } from './faults/world.js'

const listen = ['--listen', 'tcp://127.0.0.1:0']
const token = 'right-s3cret'

/** Nothing but events makes the group look again soon. */
const spec: GroupSpec = {
  ID: 'web',
  Properties: {
    Allocation: { Size: 2 },
    Instance: { Plugin: 'instance-file', Properties: { Note: 'far away' } },
    Flavor: { Plugin: 'flavor-vanilla', Properties: null },
    Healing: { Interval: '1h' },
  },
}

interface Guard {
  readonly flags: readonly string[]
  /** The environment of callers that get in. */
  readonly right: Record<string, string>
  /** The environments of those who do not, by what is wrong with them. */
  readonly wrong: Record<string, Record<string, string>>
  /** What they are told to look at. */
  readonly missing: RegExp
  /** With which status the command ends for them. */
  readonly status: number
}

async function mutualTls(t: Test): Promise<Guard> {
  const { flags, right, stranger, otherAuthority, noCertificate } = await writeKeys(await temporaryFolder(t))
  const wrong = { stranger, 'other authority': otherAuthority, 'no certificate': noCertificate, nothing: {} }
  return { flags, right, wrong, missing: /INFRAKIT_TLS_CA, INFRAKIT_TLS_CERT and INFRAKIT_TLS_KEY/, status: 1 }
}

async function bearerToken(t: Test): Promise<Guard> {
  const file = join(await temporaryFolder(t), 'token')
  writeFileSync(file, `${token}\n`, { mode: 0o600 })
  const wrong = { 'wrong token': { INFRAKIT_TOKEN: 'wrong-s3cret' }, nothing: {} }
  return {
    flags: ['--token-file', file],
    right: { INFRAKIT_TOKEN_FILE: file },
    wrong,
    missing: /INFRAKIT_TOKEN/,
    status: 2,
  }
}

/** Loses an instance and waits until it is replaced; nobody is asked. */
async function healed(world: World): Promise<void> {
  const [lost] = world.instances('web')
  rmSync(join(world.instancesDir, lost?.id ?? ''))
  const isHealed = () => world.instances('web').filter(({ id }) => id !== lost?.id).length === 2
  await waitUntil('the lost one to be replaced', isHealed, 40_000)
}

for (const [how, make] of Object.entries({ 'mutual TLS': mutualTls, 'a token': bearerToken })) {
  t.test(`a group whose instances are made over TCP with ${how}`, async (t) => {
    const { flags, right, wrong, missing, status } = await make(t)
    const world = await createWorld(t)
    const plugin = await world.start('instance-file', { args: [...listen, ...flags] })
    await world.start('flavor-vanilla')
    const announced = join(world.pluginsDir, 'instance-file.listen')
    t.match(readFileSync(announced, 'utf8'), /^tcp:\/\/127\.0\.0\.1:\d+\n$/)
    t.equal(statSync(announced).mode & 0o777, 0o600)

    await t.test('who has not what it takes makes nothing, and is told why', async (t) => {
      for (const [what, env] of Object.entries(wrong)) {
        const { code, said } = await infrakit(t, world, ['instance', 'describe', '--name', 'instance-file'], env)
        t.equal(code, status, what)
        t.match(said, 'instance-file', `${what}: ${said}`)
        t.match(said, missing, `${what}: ${said}`)
        t.notMatch(said, /s3cret/)
      }
      await world.start('group', { env: Object.values(wrong)[0] ?? {} })
      const group = await world.plugins.get(groupInterface, 'group')
      await t.rejects(group.commitGroup({ Spec: spec }))
      t.same(world.instances(), [])
      await world.kill('group')
    })

    await world.start('group', { env: right })
    await world.commit(spec)
    await world.converged('web', 1)
    t.equal(world.instances('web').length, 2)
    await healed(world)
    await healed(world)
    t.pass('it heals on events that come over TCP')
    const listed = await infrakit(t, world, ['instance', 'describe', '--name', 'instance-file'], right)
    t.equal(listed.code, 0)
    for (const { id } of world.instances('web')) t.match(listed.said, id)
    t.match((await infrakit(t, world, ['plugin', 'ls'], right)).said, /instance-file .*tcp:\/\/127/)
    t.notMatch(plugin.output(), /s3cret/)
  })
}

t.test('an instance plugin that moves from its socket to TCP and back is found where it is', async (t) => {
  const world = await createWorld(t)
  for (const name of pluginNames) await world.start(name)
  await world.commit(spec)
  await world.converged('web', 1)
  for (const args of [[...listen, '--insecure'], []]) {
    await world.kill('instance-file')
    await world.start('instance-file', { args })
    const group = await world.plugins.get(groupInterface, 'group')
    // A loss that the description shows makes the group look again, and so find the plugin where it is now.
    const [lost] = world.instances('web')
    rmSync(join(world.instancesDir, lost?.id ?? ''))
    await waitUntil(
      'it to be found',
      async () => {
        await group.describeGroup({ ID: 'web' })
        return world.instances('web').filter(({ id }) => id !== lost?.id).length === 2
      },
      40_000,
    )
    await world.converged('web', 1)
    await healed(world)
    t.pass(`it goes on healing with one started with '${args.join(' ')}'`)
  }
})

t.test('control: with --insecure nothing is needed to get in', async (t) => {
  const world = await createWorld(t)
  await world.start('instance-file', { args: [...listen, '--insecure'] })
  t.equal((await infrakit(t, world, ['instance', 'describe', '--name', 'instance-file'])).code, 0)
})

t.test('what would be open to everybody is refused by every plugin, and leaves nothing', async (t) => {
  const world = await createWorld(t)
  const env = { INFRAKIT_HOME: world.home, INFRAKIT_PLUGINS_DIR: world.pluginsDir }
  const cases = pluginNames.flatMap((name) => [
    { name, args: listen, said: /refused to serve tcp:.* to everybody on this machine/ },
    {
      name,
      args: ['--listen', 'tcp://0.0.0.0:0', '--insecure'],
      said: /refused to serve .* to everybody who can reach/,
    },
  ])
  for (const { name, args, said } of cases) {
    const started = runPlugin(t, name, { args, env })
    t.same(await started.exited, { code: 2, signal: null }, `${name} ${args.join(' ')}`)
    t.match(await waitUntil('its words', () => started.output()), said)
    t.match(started.output(), '--tls-cert')
  }
  const { code, said } = await infrakit(t, world, ['plugin', 'start', 'instance-file', '--', ...listen])
  t.equal(code, 1)
  t.match(said, 'refused to serve', 'and plugin start shows why')
  t.same(await world.plugins.list(), [])
})
