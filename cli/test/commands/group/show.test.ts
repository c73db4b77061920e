import t from 'tap'
import { converged, serveGroup } from '../../support/fake-group.js'
import { createWorld } from '../../support/infrakit.js'

const Tags = { 'infrakit.group': 'app-blue', 'infrakit.config_sha': 'l9lq', 'infrakit.provision': 'key' }

t.test('describe, inspect, spec and ls', async (t) => {
  const world = await createWorld(t)
  const { fake } = await serveGroup(world)
  const Properties = { Allocation: { Size: 2 }, Instance: { Plugin: 'instance-file' } }
  fake.specs.set('app-green', { ID: 'app-green', Properties })
  fake.specs.set('app-blue', { ID: 'app-blue', Properties })
  const Instances = [
    { ID: 'instance-7932269456152577966', Tags },
    { ID: 'instance-8310575841542371925', Tags, LogicalID: 'a' },
  ]
  const LastFailure = { Message: 'disk full', At: '2030-01-01T00:00:00Z', RetryAt: '2030-01-01T00:00:10Z' }
  const Activities = [{ Action: 'provision', Reason: 'one is missing' }]
  fake.describe = (id) =>
    id === 'app-blue'
      ? { Instances, Converged: false, Status: 'working', Size: 3, Revision: 1, LastFailure, Activities }
      : { ...converged, Size: 0 }
  const table =
    'ID                            LOGICAL          TAGS\n' +
    'instance-7932269456152577966  -                infrakit.config_sha=l9lq,infrakit.group=app-blue\n' +
    'instance-8310575841542371925  a                infrakit.config_sha=l9lq,infrakit.group=app-blue\n'

  await t.test('inspect lists the instances', async (t) => {
    t.match(await world.infrakit(['group', 'inspect', 'app-blue']), { code: 0, stdout: table, stderr: /^$/ })
    const quiet = await world.infrakit(['group', 'inspect', '-q', 'app-blue'])
    t.equal(quiet.stdout, table.slice(table.indexOf('\n') + 1))
    const json = await world.infrakit(['group', 'inspect', 'app-blue', '--json'])
    t.match(JSON.parse(json.stdout), Instances)
  })
  await t.test('describe tells also what goes on', async (t) => {
    const { stdout } = await world.infrakit(['group', 'describe', 'app-blue'])
    t.ok(stdout.startsWith(table), 'the table comes first')
    t.match(
      stdout,
      /\nStatus: {2}working, 2 of 3 instances, revision 1\nDoing: {3}provision: one is missing\nFailed: {2}disk full\n/,
    )
    const quiet = await world.infrakit(['group', 'describe', '-q', 'app-blue'])
    t.equal(quiet.stdout, table.slice(table.indexOf('\n') + 1))
    const json = await world.infrakit(['group', 'describe', 'app-blue', '--json'])
    t.match(JSON.parse(json.stdout), { ID: 'app-blue', Status: 'working', Instances, LastFailure })
  })
  await t.test('an operand is a group or a file by its form, unless it is said', async (t) => {
    fake.specs.set('x.json', { ID: 'x.json' })
    t.match(await world.infrakit(['group', 'describe', 'x.json']), { code: 2, stderr: /no such file/ })
    t.match(await world.infrakit(['group', 'describe', '--id', 'x.json']), { code: 0, stdout: /Status: {2}converged/ })
    t.match(await world.infrakit(['group', 'describe', '--file', 'app-blue']), { code: 2, stderr: /no such file/ })
    t.match(await world.infrakit(['group', 'describe', '--id', '--file', 'a']), {
      code: 2,
      stderr: /exclude each other/,
    })
    fake.specs.delete('x.json')
  })
  await t.test('spec prints what can be committed again', async (t) => {
    const { stdout } = await world.infrakit(['group', 'spec', 'app-blue'])
    t.same(JSON.parse(stdout), { ID: 'app-blue', Properties })
    const yaml = await world.infrakit(['group', 'spec', '--yaml', 'app-blue'])
    t.match(yaml.stdout, /^ID: app-blue\nProperties:\n {2}Allocation:\n {4}Size: 2\n/)
  })
  await t.test('spec of an unknown group', async (t) => {
    const { code, stderr } = await world.infrakit(['group', 'spec', 'app-bleu'])
    t.equal(code, 1)
    t.equal(stderr, "error: Group 'app-bleu' is not being watched\nhint: did you mean 'app-blue'?\n")
  })
  await t.test('ls', async (t) => {
    const { stdout } = await world.infrakit(['group', 'ls'])
    t.equal(
      stdout,
      'ID                  SIZE  INSTANCES  STATUS\n' +
        'app-blue            3     2          working\n' +
        'app-green           0     0          converged\n',
    )
    t.match(JSON.parse((await world.infrakit(['group', 'ls', '--json'])).stdout), [
      { ID: 'app-blue', Size: 3, Instances: 2, Status: 'working' },
      { ID: 'app-green' },
    ])
  })
  await t.test('ls shows the others when one cannot be described', async (t) => {
    const before = fake.describe
    fake.describe = (id) => {
      if (id === 'app-blue') throw new Error('out of order')
      return before(id)
    }
    const { code, stdout } = await world.infrakit(['group', 'ls', '-q'])
    t.equal(code, 0)
    t.match(stdout, /^app-blue +2 +- +unknown: .*\napp-green +0 +0 +converged\n$/)
  })
})

t.test('a plugin under another name', async (t) => {
  const world = await createWorld(t)
  const { fake } = await serveGroup(world, { name: 'cattle' })
  fake.specs.set('a', { ID: 'a' })
  t.match(
    await world.infrakit(['group', '--name', 'cattle', 'ls', '-q']),
    { code: 0, stdout: /^a / },
    'before the verb',
  )
  t.match(await world.infrakit(['group', 'ls', '-q', '--name', 'cattle']), { code: 0, stdout: /^a / }, 'after the verb')
  t.match(await world.infrakit(['cattle', 'ls', '-q']), { code: 0, stdout: /^a / }, 'in the place of the noun')
})
