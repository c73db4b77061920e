import { kindOf, type InfrakitError } from '@infrakit/spi'
import t, { type Test } from 'tap'
import { attachmentsFor, checkAllocation, type Role } from '../src/allocation.js'
import { readProperties } from '../src/properties.js'

const Docker = { Host: 'unix:///var/run/docker.sock' }

function refused(t: Test, name: string, work: () => unknown, message: RegExp, path: string): void {
  try {
    work()
    t.fail(name)
  } catch (error) {
    t.equal(kindOf(error), 'input', name)
    t.match((error as InfrakitError).message, message, name)
    t.equal((error as InfrakitError).path, path, name)
  }
}

t.test('reads', async (t) => {
  t.match(readProperties({ Docker }), {
    connection: { hosts: ['unix:///var/run/docker.sock'], tls: undefined },
    joinTimeoutMs: 900_000,
    drainTimeoutMs: 300_000,
    joinIP: undefined,
  })
  const more = { Hosts: ['tcp://a:2376', 'tcp://b:2376'], TLS: { CAFile: '/ca', CertFile: '/c', KeyFile: '/k' } }
  t.match(readProperties({ Docker: more, SwarmJoinIP: '10.0.0.1' }), {
    connection: { hosts: more.Hosts, tls: { ca: '/ca', cert: '/c', key: '/k', verify: true } },
    joinIP: '10.0.0.1',
  })
  const careless = { Host: 'tcp://a:2376', TLS: { InsecureSkipVerify: true } }
  t.match(readProperties({ Docker: careless }), { connection: { tls: { verify: false, ca: undefined } } })
})

t.test('refuses', async (t) => {
  const cases: [string, unknown, RegExp, string][] = [
    ['no properties', null, /Properties\.Docker/, 'Properties.Docker'],
    ['no engine', { Docker: {} }, /no docker connect info/, 'Properties.Docker'],
    [
      'a certificate without its key',
      { Docker: { ...Docker, TLS: { CertFile: 'c' } } },
      /belong together/,
      'Properties.Docker.TLS',
    ],
    ['an unknown key', { Docker, SwarmJoinIp: 'x' }, /did you mean 'SwarmJoinIP'/, 'Properties.SwarmJoinIp'],
    [
      'a label of ours',
      { Docker, EngineLabels: { 'infrakit-link': 'x' } },
      /kept for the flavor/,
      'Properties.EngineLabels.infrakit-link',
    ],
    ['a name that would end in a script', { Docker, SwarmJoinIP: 'a b' }, /white space/, 'Properties.SwarmJoinIP'],
    ['a time that is none', { Docker, JoinTimeout: 'soon' }, /expected a duration/, 'Properties.JoinTimeout'],
    [
      'an attachment without a type',
      { Docker, Attachments: { a: [{ ID: 'v', Type: '' }] } },
      /Type/,
      'Properties.Attachments.a[0].Type',
    ],
  ]
  for (const [name, value, message, path] of cases) refused(t, name, () => readProperties(value), message, path)
})

t.test('what is refused of an allocation', async (t) => {
  const attached = (Attachments: object) => readProperties({ Docker, Attachments })
  const volume = [{ ID: 'v', Type: 'ebs' }]
  const cases: [string, Role, object, object, RegExp, string][] = [
    [
      'managers as cattle',
      'manager',
      { Size: 3 },
      {},
      /odd number of logical IDs, there are 0/,
      'Allocation.LogicalIDs',
    ],
    ['an even number', 'manager', { LogicalIDs: ['a', 'b'] }, {}, /odd number/, 'Allocation.LogicalIDs'],
    ['one twice', 'manager', { LogicalIDs: ['a', 'b', 'a'] }, {}, /'a' is there twice/, 'Allocation.LogicalIDs[2]'],
    [
      'what is no name',
      'worker',
      { LogicalIDs: ['$(reboot)'] },
      {},
      /no address and no name/,
      'Allocation.LogicalIDs[0]',
    ],
    [
      'an attachment of nobody',
      'worker',
      { LogicalIDs: ['a'] },
      { b: volume },
      /no logical ID 'b'/,
      'Properties.Attachments.b',
    ],
    [
      'one attached twice',
      'worker',
      { LogicalIDs: ['a', 'b'] },
      { a: volume, b: volume },
      /'v' is attached twice/,
      'Properties.Attachments.b',
    ],
  ]
  for (const [name, role, allocation, attachments, message, path] of cases) {
    refused(t, name, () => checkAllocation(role, allocation, attached(attachments)), message, path)
  }
  checkAllocation('manager', { LogicalIDs: ['a', 'b', 'c'] }, attached({ a: volume, '*': [{ ID: 'w', Type: 'ebs' }] }))
  checkAllocation('worker', { Size: 2 }, attached({ '*': volume }))
})

t.test('what is attached', async (t) => {
  const properties = readProperties({
    Docker,
    Attachments: { a: [{ ID: 'v', Type: 'x' }], '*': [{ ID: 'w', Type: 'x' }] },
  })
  t.same(
    attachmentsFor('a', properties).map(({ ID }) => ID),
    ['v', 'w'],
  )
  t.same(
    attachmentsFor('b', properties).map(({ ID }) => ID),
    ['w'],
  )
  t.same(
    attachmentsFor(null, properties).map(({ ID }) => ID),
    ['w'],
  )
})
