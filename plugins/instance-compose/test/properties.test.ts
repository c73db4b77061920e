import t from 'tap'
import { readProperties } from '../src/properties.js'

const least = { Files: '/srv/compose.yml', Service: 'app' }

t.test('properties as users write them', async (t) => {
  t.match(readProperties(least), {
    source: { files: ['/srv/compose.yml'], project: undefined, environment: {}, envFiles: [], profiles: [] },
    service: 'app',
    sideServices: undefined,
    build: 'missing',
    initMode: 'exec',
  })
  t.match(
    readProperties({ ...least, Files: ['/a', '/b'], EnvFile: '/c', Environment: { A: 1, B: true }, SideServices: [] }),
    {
      source: { files: ['/a', '/b'], envFiles: ['/c'], environment: { A: '1', B: 'true' } },
      sideServices: [],
    },
  )
})

t.test('what is wrong is said with its place', async (t) => {
  const cases: [given: object, words: RegExp][] = [
    [{ Service: 'app' }, /Properties\.Files/],
    [{ ...least, Files: 'compose.yml' }, /Properties\.Files.*absolute path/],
    [{ ...least, Files: [] }, /Properties\.Files/],
    [{ ...least, Service: '' }, /Properties\.Service/],
    [{ ...least, Project: 'Shop' }, /Properties\.Project: expected small letters/],
    [{ ...least, As: 'a b' }, /Properties\.As: expected letters/],
    [{ ...least, Pull: 'often' }, /Properties\.Pull/],
    [{ ...least, Servcie: 'x' }, /Servcie.*Service/],
    [{ ...least, Environment: { A: null } }, /Properties\.Environment\.A/],
  ]
  for (const [given, message] of cases) t.throws(() => readProperties(given as never), { kind: 'input', message })
})
