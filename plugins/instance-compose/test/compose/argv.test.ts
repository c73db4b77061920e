import t from 'tap'
import { configArgv, createArgv, servicesArgv, sidesArgv, startArgv } from '../../src/compose/argv.js'
import { composeError, isAmbiguous, isOvertaken, warningsIn } from '../../src/compose/compose-error.js'
import { composeEnvironment } from '../../src/compose/environment.js'

const source = {
  files: ['/srv/a.yml', '/etc/b.yml'],
  project: 'shop',
  environment: {},
  envFiles: ['/srv/prod.env'],
  profiles: ['web'],
}
const given = ['--file', '/srv/a.yml', '--file', '/etc/b.yml', '--project-name', 'shop', '--env-file', '/srv/prod.env']
const generated = [
  '--file',
  '-',
  '--project-directory',
  '/srv',
  '--project-name',
  'shop',
  '--env-file',
  '/srv/prod.env',
]

t.test('command lines', async (t) => {
  t.same(configArgv(source, 'app', 2), [...given, '--profile', 'web', 'config', '--format', 'json', 'app'])
  t.same(configArgv(source, 'app', 1), [...given, '--profile', 'web', 'config'])
  t.same(servicesArgv(source, 2), [...given, '--profile', '*', 'config', '--services'])
  t.same(sidesArgv(source, 'shop', ['db']), [...given, '--profile', 'web', 'up', '--detach', '--no-recreate', 'db'])
  const only = ['--no-start', '--no-deps', '--no-recreate', '--no-build']
  const newer = ['--pull', 'never', '--remove-orphans=false']
  t.same(createArgv(source, 'shop', 'app-1', 2), [...generated, 'up', ...only, ...newer, 'app-1'])
  t.same(createArgv(source, 'shop', 'app-1', 1), [...generated, 'up', ...only, 'app-1'])
  t.same(startArgv(source, 'shop', 'app-1'), [...generated, 'start', 'app-1'])
})

t.test('settings of Compose in the environment do not count', async (t) => {
  const env = {
    PATH: '/bin',
    COMPOSE_FILE: 'x',
    COMPOSE_REMOVE_ORPHANS: 'true',
    COMPOSE_PROFILES: 'all',
    DOCKER_HOST: 'unix:///a',
  }
  t.same(composeEnvironment(env, { VERSION: '1' }, 'unix:///b'), {
    PATH: '/bin',
    VERSION: '1',
    DOCKER_HOST: 'unix:///b',
    COMPOSE_IGNORE_ORPHANS: 'true',
    COMPOSE_REMOVE_ORPHANS: 'false',
    COMPOSE_MENU: 'false',
  })
})

const orphans = 'time="2026-01-01T00:00:00Z" level=warning msg="Found orphan containers ([a b]) for this project."'
const unset =
  'time="2026-01-01T00:00:00Z" level=warning msg="The \\"TAG\\" variable is not set. Defaulting to a blank string."'

t.test('what Compose says is told in its words', async (t) => {
  const failed = (output: string) => composeError({ attempt: 'make it', output, kind: 'plugin-failed', hint: 'h' })
  const cases: [output: string, expected: object][] = [
    [
      `${orphans}\n Container a  Creating\nError response from daemon: boom`,
      { kind: 'plugin-failed', message: 'cannot make it: boom', hint: 'h' },
    ],
    ['yaml: line 3: did not find\n', { message: 'cannot make it: yaml: line 3: did not find' }],
    [
      'Error response from daemon: Conflict. The container name "/x" is already in use by container "1".',
      { kind: 'conflict' },
    ],
    ['Error response from daemon: no such image: x: No such image: x', { kind: 'not-found' }],
    ['Cannot connect to the Docker daemon at unix:///x.', { kind: 'unavailable', hint: /Is the engine running/ }],
    ['network a declared as external, but could not be found', { hint: /network create/ }],
    ['', { message: 'cannot make it: it gave no reason' }],
  ]
  for (const [output, expected] of cases) t.match(failed(output), expected, output)
  t.same(warningsIn(`${orphans}\n${unset}\nother`), ['The "TAG" variable is not set. Defaulting to a blank string.'])
})

t.test('races with another Compose are known', async (t) => {
  t.ok(isAmbiguous(new Error('network a_default is ambiguous (2 matches found on name)')))
  t.ok(isOvertaken(new Error('network a_default not found')))
  t.ok(isOvertaken(new Error('network with name a_default already exists')))
  t.notOk(isAmbiguous(new Error('boom')) || isOvertaken(new Error('boom')))
})
