import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execFileSync } from 'node:child_process'
import { skipFor } from '@infrakit/testing'
import t from 'tap'
import { serveGroup } from '../support/fake-group.js'
import { createWorld } from '../support/infrakit.js'
import { offered } from '../support/offered.js'

t.test('candidates', async (t) => {
  const world = await createWorld(t)
  const { fake } = await serveGroup(world)
  fake.specs.set('app-blue', { ID: 'app-blue' })
  fake.specs.set('app-green', { ID: 'app-green' })
  const cases: [words: string[], candidates: string[]][] = [
    [['pl'], ['plugin']],
    [['p'], ['plugin', 'proxy']],
    [['g'], ['group']],
    [['group', 'sc'], ['scale']],
    [
      ['group', 'scale', ''],
      ['app-blue', 'app-green'],
    ],
    [['group', 'scale', 'app-g'], ['app-green']],
    [['group', 'scale', 'app-blue', ''], []],
    [['group', 'destroy', 'app-blue', 'app-g'], ['app-green']],
    [['group', 'describe', 'app-b'], ['app-blue']],
    [['group', '--name', ''], ['group']],
    [['group', 'watch', ''], []],
    [['group', 'update', '--ti'], ['--timeout']],
    [['plugin', 'logs', ''], ['group']],
    [['plugin', 'start', 'instance-f'], ['instance-file']],
    [['plugin', 'logs', '--fo'], ['--follow']],
    [
      ['completion', ''],
      ['bash', 'fish', 'zsh'],
    ],
    [['nonsense', ''], []],
    [['group', 'nonsense', ''], []],
    [
      ['deploy', '--st'],
      ['--steps', '--strategy'],
    ],
    [
      ['deployment', 'r'],
      ['remove', 'resume', 'rollback'],
    ],
    [[], ['completion', 'deploy', 'deployment', 'flavor', 'group', 'instance', 'plugin', 'proxy', 'registry']],
  ]
  for (const [words, candidates] of cases) {
    await t.test(`infrakit ${words.join(' ')}`, async (t) => {
      t.same(await offered(world, words, candidates.length), candidates)
    })
  }
})

t.test('groups of a plugin that is gone', async (t) => {
  const world = await createWorld(t)
  t.match(await world.infrakit(['__complete', 'group', 'scale', '']), { code: 0, stdout: /^$/, stderr: /^$/ })
})

t.test('scripts', async (t) => {
  const world = await createWorld(t)
  for (const shell of ['bash', 'zsh', 'fish']) {
    t.match(await world.infrakit(['completion', shell]), { code: 0, stdout: /infrakit __complete/ })
  }
  await t.test('bash reads it, and completes', async (t) => {
    const { stdout } = await world.infrakit(['completion', 'bash'])
    const test = `infrakit() { printf '%s\\n' "$2" "$3"; }\n${stdout}
COMP_WORDS=(infrakit group sc) COMP_CWORD=2 COMPREPLY=()
_infrakit; echo "\${COMPREPLY[*]}"`
    t.equal(execFileSync('bash', ['-c', test], { encoding: 'utf8' }), 'group sc\n')
  })
  await t.test('zsh reads it, and completes', { skip: skipFor(['zsh']) }, async (t) => {
    const { stdout } = await world.infrakit(['completion', 'zsh'])
    const test = `infrakit() { print -rl -- "$2" "$3" }\ncompdef() { :; }\ncompadd() { print -r -- "$@" }\n${stdout}
words=(infrakit group sc) CURRENT=3
_infrakit`
    t.equal(execFileSync('zsh', ['-f', '-c', test], { encoding: 'utf8' }), '-- group sc\n')
  })
  await t.test('fish reads it, and completes; files where it knows nothing', { skip: skipFor(['fish']) }, async (t) => {
    const { stdout } = await world.infrakit(['completion', 'fish'])
    const complete = (line: string, answer: string) => {
      const test = `function infrakit; ${answer}; end\n${stdout}\ncomplete -C '${line}'`
      return execFileSync('fish', ['--no-config', '-c', test], { encoding: 'utf8', cwd: world.home })
    }
    t.equal(complete('infrakit group sc', "printf '%s\\n' $argv[2]-$argv[3]; echo scale"), 'scale\n')
    await writeFile(join(world.home, 'blue.json'), '{}')
    t.equal(complete('infrakit group watch bl', 'true'), 'blue.json\n')
  })
})
