import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { offer } from '@infrakit/rpc'
import { InfrakitError, instanceInterface, logsInterface } from '@infrakit/spi'
import { memoryInstance } from '@infrakit/testing'
import t from 'tap'
import { createWorld } from '../../support/infrakit.js'

t.test('the verbs of an instance plugin', async (t) => {
  const world = await createWorld(t)
  const plugin = memoryInstance()
  const logs = {
    tail: ({ Lines }: { Lines?: number | null }) =>
      Promise.resolve({ Lines: ['one', 'two', 'three'].slice(-(Lines ?? 100)) }),
  }
  await world.serve('instance-file', [offer(instanceInterface, plugin.handlers), offer(logsInterface, logs)])
  const instance = (...args: string[]) => world.infrakit(['instance', '--name', 'instance-file', ...args])
  await writeFile(join(world.home, 'one.yml'), 'Properties: {Note: hello}\nTags: {tier: web}\nLogicalID: db-1\n')
  await writeFile(join(world.home, 'wrong.json'), '{"Propertys":{}}')
  await writeFile(join(world.home, 'p.json'), '{"Note":"hello"}')

  await t.test('an empty list', async (t) => {
    t.equal((await instance('describe')).stdout, 'ID                            LOGICAL          TAGS\n')
  })
  await t.test('provision prints the ID', async (t) => {
    t.match(await instance('provision', 'one.yml'), { code: 0, stdout: /^i-0001\n$/, stderr: /^$/ })
    t.same(plugin.instances.get('i-0001')?.Spec, {
      Properties: { Note: 'hello' },
      Tags: { tier: 'web' },
      LogicalID: 'db-1',
    })
    t.match(await instance('provision', '-', '--json'), { code: 2, stderr: /standard input/ }, 'nothing comes in')
    t.match(await instance('provision', 'wrong.json'), {
      code: 2,
      stderr: "error: wrong.json: Propertys: unknown key, did you mean 'Properties'?\n",
    })
  })
  await t.test('label', async (t) => {
    t.match(await instance('label', 'i-0001', 'a=1', 'b=x=y'), { code: 0, stdout: 'Labelled i-0001\n' })
    t.match(plugin.instances.get('i-0001')?.Tags, { tier: 'web', a: '1', b: 'x=y' })
    t.match(await instance('label', 'i-0001', 'a'), { code: 2, stderr: "error: tag: expected KEY=VALUE, got 'a'\n" })
    t.match(await instance('label', 'none', 'a=1'), { code: 1, stderr: /none/ })
  })
  await t.test('describe', async (t) => {
    const row = 'i-0001                        db-1             a=1,b=x=y,tier=web\n'
    t.equal((await instance('describe', '-q')).stdout, row)
    t.equal((await instance('describe', '-q', '--tags', 'a=1', '--tags', 'tier=web')).stdout, row)
    t.equal((await instance('describe', '-q', '--tags', 'a=2')).stdout, '')
    t.match((await instance('describe', '--properties')).stdout, /PROPERTIES\n.*"Note":"hello"/)
    t.match(JSON.parse((await instance('describe', '--json')).stdout), [{ ID: 'i-0001', LogicalID: 'db-1' }])
    t.equal((await world.infrakit(['instance-file', 'describe', '-q'])).stdout, row, 'the form of v0.5')
  })
  await t.test('validate', async (t) => {
    t.match(await instance('validate', 'p.json'), { code: 0, stdout: 'p.json: valid\n' })
    plugin.before = () => {
      throw new InfrakitError('input', 'expected a number, got "hello"', { path: 'Note' })
    }
    t.match(await instance('validate', 'p.json'), {
      code: 2,
      stderr: 'error: p.json: Note: expected a number, got "hello"\n',
    })
    plugin.before = () => undefined
  })
  await t.test('logs', async (t) => {
    t.equal((await instance('logs', 'i-0001')).stdout, 'one\ntwo\nthree\n')
    t.equal((await instance('logs', '-n', '1', 'i-0001')).stdout, 'three\n')
    t.same(JSON.parse((await instance('logs', 'i-0001', '--json')).stdout), ['one', 'two', 'three'])
  })
  await t.test('destroy', async (t) => {
    t.match(await instance('destroy', 'i-0001'), { code: 0, stdout: 'Destroyed i-0001\n' })
    t.equal(plugin.instances.size, 0)
    t.match(await instance('destroy', 'i-0001'), { code: 1, stderr: /i-0001/ })
  })
  await t.test('no plugin is chosen', async (t) => {
    t.match(await world.infrakit(['instance', 'describe']), {
      code: 2,
      stderr: 'error: which instance plugin? give --name\nhint: running plugins: instance-file\n',
    })
  })
})

t.test('a plugin that lacks what is needed', async (t) => {
  const world = await createWorld(t)
  await world.serve('bare', [offer(instanceInterface, memoryInstance().handlers)])
  t.match(await world.infrakit(['bare', 'logs', 'i-1']), { code: 1, stderr: /does not serve Logs/ })
  await world.serve('nothing', [])
  t.match(await world.infrakit(['nothing', 'describe']), { code: 1, stderr: /offers nothing: no commands for it/ })
})

t.test('what cannot be seen is said', async (t) => {
  const world = await createWorld(t)
  const plugin = memoryInstance()
  const Unreachable = [{ Host: 'node-2', Since: '2030-01-01T00:00:00Z' }]
  const handlers = { ...plugin.handlers, describeInstances: () => Promise.resolve({ Descriptions: [], Unreachable }) }
  await world.serve('far', [offer(instanceInterface, handlers)])
  t.match(await world.infrakit(['far', 'describe', '-q']), {
    code: 0,
    stderr: /^warning: node-2 cannot be reached since 2030/,
  })
})
