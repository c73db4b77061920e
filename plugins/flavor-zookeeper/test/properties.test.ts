import { kindOf, type InfrakitError } from '@infrakit/spi'
import t from 'tap'
import { readProperties } from '../src/properties.js'

t.test('defaults', async (t) => {
  t.match(readProperties({ Type: 'member' }), {
    useDocker: false,
    service: true,
    configDir: '/etc/zookeeper/conf',
    dataDir: '/var/lib/zookeeper',
    clientPort: 2181,
    peerPort: 2888,
    electionPort: 3888,
    settings: { tickTime: 2000, initLimit: 10, syncLimit: 5, 'admin.enableServer': false },
    startPeriodMs: 120_000,
  })
  t.match(readProperties({ Type: 'member', Settings: { tickTime: 500 }, StartPeriod: '5s' }), {
    settings: { tickTime: 500, initLimit: 10 },
    startPeriodMs: 5000,
  })
})

t.test('refuses', async (t) => {
  const cases: [string, unknown, RegExp, string][] = [
    ['no type', {}, /Properties\.Type/, 'Properties.Type'],
    ['another type', { Type: 'observer' }, /Properties\.Type/, 'Properties.Type'],
    ['an unknown key', { Type: 'member', UseDoker: true }, /did you mean 'UseDocker'/, 'Properties.UseDoker'],
    [
      'a setting of ours',
      { Type: 'member', Settings: { 'server.4': 'x' } },
      /Settings/,
      'Properties.Settings.server.4',
    ],
    [
      'a setting over lines',
      { Type: 'member', Settings: { tickTime: '1\nserver.1=x' } },
      /one line/,
      'Properties.Settings.tickTime',
    ],
    ['a folder over lines', { Type: 'member', DataDir: 'a\nb' }, /one line/, 'Properties.DataDir'],
    ['a port that is none', { Type: 'member', ClientPort: 0 }, /ClientPort/, 'Properties.ClientPort'],
    ['a time that is none', { Type: 'member', StartPeriod: 'soon' }, /expected a duration/, 'Properties.StartPeriod'],
  ]
  for (const [name, value, message, path] of cases) {
    try {
      readProperties(value)
      t.fail(name)
    } catch (error) {
      t.equal(kindOf(error), 'input', name)
      t.match((error as InfrakitError).message, message, name)
      t.equal((error as InfrakitError).path, path, name)
    }
  }
})
