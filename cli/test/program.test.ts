import t from 'tap'
import { createWorld } from './support/infrakit.js'
import { serveGroup } from './support/fake-group.js'

t.test('usage', async (t) => {
  const world = await createWorld(t)
  const cases: [what: string, args: string[], code: number, stdout: RegExp, stderr: RegExp][] = [
    ['nothing: help', [], 0, /Usage: infrakit .*plugin .*group /s, /^$/],
    ['--help', ['--help'], 0, /Examples:/, /^$/],
    ['--version', ['--version'], 0, /^\d+\.\d+\.\d+\n$/, /^$/],
    ['help of a noun', ['group', '--help'], 0, /watch .*update .*rollback /s, /^$/],
    ['help of a verb', ['group', 'scale', '--help'], 0, /<id> <size>.*Examples:\n {2}infrakit group scale/s, /^$/],
    ['help of a verb, the other way', ['help', 'group', 'scale'], 0, /Examples:\n {2}infrakit group scale/, /^$/],
    ['help of a verb, the third way', ['group', 'help', 'scale'], 0, /Examples:\n {2}infrakit group scale/, /^$/],
    ['a noun alone', ['group'], 2, /^$/, /Usage: infrakit group/],
    ['an unknown noun', ['grop', 'ls'], 2, /^$/, /^error: unknown command 'grop'.*\nhint: did you mean 'group'\?\n$/],
    [
      'an unknown verb',
      ['group', 'wach', 'x'],
      2,
      /^$/,
      /^error: unknown command 'wach'\nhint: did you mean 'watch'\?/,
    ],
    [
      'an unknown flag',
      ['plugin', 'ls', '--prob'],
      2,
      /^$/,
      /^error: unknown option '--prob'\nhint: did you mean '--probe'\?/,
    ],
    [
      'a missing operand',
      ['group', 'scale', 'x'],
      2,
      /^$/,
      /^error: missing required argument 'size'\nhint: see 'infrakit group scale --help'/,
    ],
    ['too many operands', ['plugin', 'ls', 'x'], 2, /^$/, /^error: too many arguments/],
    [
      'a wrong value',
      ['group', 'scale', 'x', 'many'],
      2,
      /^$/,
      /^error: size: expected a whole number such as 5, \+2 or -1, got 'many'/,
    ],
  ]
  for (const [what, args, code, stdout, stderr] of cases) {
    await t.test(what, async (t) => {
      t.match(await world.infrakit(args), { code, stdout, stderr })
    })
  }
})

t.test('errors', async (t) => {
  const world = await createWorld(t)
  await t.test('no plugin runs', async (t) => {
    const { code, stdout, stderr } = await world.infrakit(['group', 'ls'])
    t.match({ code, stdout }, { code: 1, stdout: /^$/ })
    t.match(stderr, /^error: plugin not found:group\nhint: /)
    t.notMatch(stderr, /\n {4}at /, 'no stack')
  })
  await t.test('as JSON', async (t) => {
    const { code, stdout, stderr } = await world.infrakit(['--json', 'group', 'ls'])
    t.match({ code, stdout }, { code: 1, stdout: /^$/ })
    t.match(JSON.parse(stderr), { error: { kind: 'not-found', message: 'plugin not found:group', hint: String } })
  })
  await t.test('usage as JSON', async (t) => {
    const { code, stderr } = await world.infrakit(['group', 'wach', '--json'])
    t.equal(code, 2)
    t.match(JSON.parse(stderr), { error: { kind: 'input', message: "unknown command 'wach'" } })
  })
  await t.test('--debug shows where it came from', async (t) => {
    const { stderr } = await world.infrakit(['group', 'ls', '--debug'])
    t.match(stderr, /\n {4}at /)
  })
  await t.test('a defect of a plugin is told from one of ours', async (t) => {
    const { fake, server } = await serveGroup(world, { name: 'broken' })
    fake.specs.set('a', { ID: 'a' })
    fake.describe = () => {
      throw new TypeError('x is not a function')
    }
    const { code, stderr } = await world.infrakit(['broken', 'inspect', 'a'])
    t.equal(code, 1)
    t.match(stderr, /^error: .*\nhint: this is a defect in the plugin broken/)
    await server.close(0)
  })
  await t.test('a misspelt plugin', async (t) => {
    await serveGroup(world)
    t.match(await world.infrakit(['group', '--name', 'gruop', 'ls']), {
      code: 1,
      stderr: /plugin not found:gruop\nhint: Did you mean 'group'\?/,
    })
    t.match(await world.infrakit(['gruop', 'ls']), { code: 2, stderr: /did you mean 'group'\?/ })
  })
})

t.test('the end of a pipe is no failure', async (t) => {
  const world = await createWorld(t)
  const { execFileSync } = await import('node:child_process')
  const { fileURLToPath } = await import('node:url')
  const program = fileURLToPath(new URL('../../bin/infrakit.js', import.meta.url))
  const command = `"$0" "$1" --help | head -c 1 >/dev/null; echo "\${PIPESTATUS[0]}"`
  const text = execFileSync('bash', ['-c', command, process.execPath, program], { env: world.env, encoding: 'utf8' })
  t.equal(text, '0\n')
})
