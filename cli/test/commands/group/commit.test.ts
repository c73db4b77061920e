import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { InfrakitError } from '@infrakit/spi'
import { stringifyJson } from '@infrakit/rpc'
import t from 'tap'
import { serveGroup } from '../../support/fake-group.js'
import { createWorld } from '../../support/infrakit.js'

const blue = '{"ID":"app-blue","Properties":{"Allocation":{"Size":2}}}'

t.test('watch, commit and describe of a file', async (t) => {
  const world = await createWorld(t)
  const { fake } = await serveGroup(world)
  await writeFile(join(world.home, 'blue.json'), blue)
  await writeFile(join(world.home, 'fleet.yml'), 'ID: app-blue\n---\nID: app-green\n')

  await t.test('watch commits and says so', async (t) => {
    t.match(await world.infrakit(['group', 'watch', 'blue.json']), {
      code: 0,
      stdout: 'watching app-blue: Managing 2 instances\n',
      stderr: /^$/,
    })
    t.same(fake.calls.splice(0), ['commit app-blue'])
    t.same(fake.specs.get('app-blue'), JSON.parse(blue))
  })
  await t.test('watch from standard input', async (t) => {
    t.match(await world.infrakit(['group', 'watch', '-'], { input: blue }), { code: 0 })
    t.same(fake.calls.splice(0), ['commit app-blue'])
  })
  await t.test('several groups are committed in order, after all have been pretended', async (t) => {
    const { stdout } = await world.infrakit(['group', 'watch', 'fleet.yml'])
    t.equal(stdout, 'watching app-blue: Managing 2 instances\nwatching app-green: Managing 2 instances\n')
    const calls = fake.calls.splice(0)
    t.same(calls.slice(0, 2).sort(), ['pretend app-blue', 'pretend app-green'])
    t.same(calls.slice(2), ['commit app-blue', 'commit app-green'])
  })
  await t.test('quiet says nothing, --json says it for machines', async (t) => {
    t.equal((await world.infrakit(['-q', 'group', 'watch', 'blue.json'])).stdout, '')
    const { stdout } = await world.infrakit(['group', 'watch', 'blue.json', '--json'])
    t.same(JSON.parse(stdout), [{ id: 'app-blue', details: 'Managing 2 instances', revision: 5 }])
    fake.calls.splice(0)
  })
  await t.test('commit', async (t) => {
    const { stdout } = await world.infrakit(['group', 'commit', 'blue.json'])
    t.equal(stdout, 'Committed app-blue: Managing 2 instances\n')
    t.same(fake.calls.splice(0), ['commit app-blue'])
  })
  await t.test('commit --pretend changes nothing', async (t) => {
    const { stdout } = await world.infrakit(['group', 'commit', '--pretend', 'blue.json'])
    t.equal(stdout, 'Committing app-blue would involve: Managing 2 instances\n')
    t.same(fake.calls.splice(0), ['pretend app-blue'])
  })
  await t.test('describe of a file explains and changes nothing', async (t) => {
    fake.details = () => 'Performing a rolling update on 2 instances'
    const { stdout } = await world.infrakit(['group', 'describe', 'blue.json'])
    t.equal(stdout, 'app-blue : Performs a rolling update on 2 instances\n')
    fake.details = () => 'Noop'
    t.equal((await world.infrakit(['group', 'describe', '-'], { input: blue })).stdout, 'app-blue : Noop\n')
    t.equal((await world.infrakit(['group', 'describe', '--file', 'blue.json'])).stdout, 'app-blue : Noop\n')
    t.same(fake.calls.splice(0), ['pretend app-blue', 'pretend app-blue', 'pretend app-blue'])
  })
  await t.test('numbers reach the plugin as they were written', async (t) => {
    const input = '{"ID":"app-blue","Properties":{"Instance":{"Properties":{"Big":12345678901234567890}}}}'
    await world.infrakit(['group', 'commit', '-'], { input })
    t.equal(stringifyJson(fake.specs.get('app-blue')), input)
    await world.infrakit(['group', 'commit', '-'], { input: 'ID: app-blue\nProperties: {Big: 12345678901234567890}\n' })
    t.equal(stringifyJson(fake.specs.get('app-blue')), '{"ID":"app-blue","Properties":{"Big":12345678901234567890}}')
    const { stdout } = await world.infrakit(['group', 'spec', 'app-blue'])
    t.match(stdout, '"Big": 12345678901234567890')
  })
})

t.test('what is refused', async (t) => {
  const world = await createWorld(t)
  const { fake } = await serveGroup(world)
  fake.details = ({ Spec }) => {
    if (Spec.ID === 'app-green') {
      const path = 'Properties.Allocation.Size'
      throw new InfrakitError('input', `${path}: expected a whole number, got "two"`, { path })
    }
    if (Spec.ID === 'app-red')
      throw new InfrakitError('input', 'must not be empty', { path: 'Properties.Instance.Plugin' })
    return 'Managing 2 instances'
  }
  await writeFile(join(world.home, 'app-green.json'), '{"ID":"app-green"}')
  await writeFile(join(world.home, 'fleet.json'), '[{"ID":"app-blue"},{"ID":"app-green"},{"ID":"app-red"}]')
  await writeFile(join(world.home, 'broken.json'), '{"ID": "a",\n "Properties": }')

  await t.test('an error names the file and the field', async (t) => {
    const { code, stderr } = await world.infrakit(['group', 'watch', 'app-green.json'])
    t.equal(code, 2)
    t.equal(stderr, 'error: app-green.json: Properties.Allocation.Size: expected a whole number, got "two"\n')
  })
  await t.test('as JSON, with the path', async (t) => {
    const { stderr } = await world.infrakit(['--json', 'group', 'watch', 'app-green.json'])
    t.match(JSON.parse(stderr), {
      error: { kind: 'input', path: 'Properties.Allocation.Size', message: /^app-green\.json: / },
    })
  })
  await t.test('none of several groups is committed, and all complaints are shown', async (t) => {
    for (const verb of ['watch', 'commit', 'update']) {
      fake.calls.splice(0)
      const { code, stdout, stderr } = await world.infrakit(['group', verb, 'fleet.json'])
      t.match({ code, stdout }, { code: 2, stdout: /^$/ })
      t.match(stderr, 'error: fleet.json: app-green: Properties.Allocation.Size: expected a whole number, got "two"\n')
      t.match(stderr, 'error: fleet.json: app-red: Properties.Instance.Plugin: must not be empty\n')
      t.same(fake.calls, ['pretend app-blue'], `${verb} committed nothing`)
    }
  })
  await t.test('a syntax error names line and column', async (t) => {
    const { code, stderr } = await world.infrakit(['group', 'watch', 'broken.json'])
    t.equal(code, 2)
    t.match(stderr, /^error: broken\.json: line 2, column 16: /)
  })
  await t.test('a file that is not there', async (t) => {
    t.match(await world.infrakit(['group', 'watch', 'none.json']), {
      code: 2,
      stderr: 'error: none.json: there is no such file\n',
    })
  })
  await t.test('a conflict is no bad input', async (t) => {
    fake.details = () => {
      throw new InfrakitError('conflict', 'group app-green is being destroyed', { hint: 'wait for it' })
    }
    const { code, stderr } = await world.infrakit(['group', 'watch', 'app-green.json'])
    t.equal(code, 1)
    t.equal(stderr, 'error: group app-green is being destroyed\nhint: wait for it\n')
  })
})
