import t from 'tap'
import { endOf, endpointsOf, healthOf, instanceID, stateOf, type ListedContainer } from '../src/listed.js'

function listed(more: Partial<ListedContainer> = {}): ListedContainer {
  return {
    Id: '0123456789abcdef',
    Names: ['/web-1'],
    Image: 'app',
    State: 'running',
    Status: 'Up',
    Labels: {},
    Ports: [],
    ...more,
  }
}

const networks = { NetworkSettings: { Networks: { bridge: { IPAddress: '172.17.0.2' }, none: { IPAddress: '' } } } }

t.test('a published port is reached at the host, and at the container itself', async (t) => {
  const Ports = [
    { IP: '0.0.0.0', PrivatePort: 80, PublicPort: 32768, Type: 'tcp' },
    { IP: '::', PrivatePort: 80, PublicPort: 32768, Type: 'tcp' },
    { IP: '127.0.0.1', PrivatePort: 53, PublicPort: 32769, Type: 'udp' },
    { PrivatePort: 443, Type: 'tcp' },
  ]
  t.same(endpointsOf(listed({ Ports, ...networks }), 'docker.example'), [
    { Host: '127.0.0.1', Port: 32769, ContainerPort: 53, Protocol: 'udp' },
    { Host: 'docker.example', Port: 32768, ContainerPort: 80, Protocol: 'tcp' },
    { Host: '172.17.0.2', Port: 53, ContainerPort: 53, Protocol: 'udp' },
    { Host: '172.17.0.2', Port: 80, ContainerPort: 80, Protocol: 'tcp' },
    { Host: '172.17.0.2', Port: 443, ContainerPort: 443, Protocol: 'tcp' },
  ])
})

t.test('one without ports listens nowhere', async (t) => {
  t.same(endpointsOf(listed(networks), 'localhost'), [])
})

const none = { parked: false, outOfMemory: false }
const exited = { State: 'exited', Status: 'Exited (137) 2 minutes ago' }

for (const [what, container, known, expected] of [
  ['one that runs', {}, none, {}],
  ['one that ended', exited, none, { State: 'failed', StateReason: 'exited with code 137 (SIGKILL)' }],
  [
    'one that ended well',
    { ...exited, Status: 'Exited (0) now' },
    none,
    { State: 'failed', StateReason: 'exited with code 0' },
  ],
  [
    'one that was out of memory',
    exited,
    { parked: false, outOfMemory: true },
    { State: 'failed', StateReason: 'exited with code 137 (SIGKILL): it used more memory than it may' },
  ],
  ['one that was stopped on purpose', exited, { parked: true, outOfMemory: false }, { State: 'stopped' }],
  [
    'one that the engine starts again',
    { State: 'restarting', Status: 'Restarting (1) 3 seconds ago' },
    none,
    { StateReason: 'exited with code 1; the engine starts it again' },
  ],
  ['a paused one', { State: 'paused', Status: 'Up 3 seconds (Paused)' }, none, { StateReason: 'is paused' }],
  ['one that is dead', { State: 'dead', Status: 'Dead' }, none, { State: 'failed', StateReason: 'ended' }],
  [
    'one that never ran',
    { State: 'created', Status: 'Created' },
    none,
    { State: 'failed', StateReason: 'was never started' },
  ],
  [
    'one that is going',
    { State: 'removing', Status: 'Removal In Progress' },
    none,
    { State: 'failed', StateReason: 'is being removed' },
  ],
] as const) {
  t.test(`the state of ${what}`, async (t) => {
    t.same(stateOf(listed(container), known), expected)
  })
}

t.test('health is what the engine says, and nothing where it does not check', async (t) => {
  t.equal(healthOf({ Status: 'Up 5 seconds (healthy)' }), 'healthy')
  t.equal(healthOf({ Status: 'Up 5 seconds (unhealthy)' }), 'unhealthy')
  t.equal(healthOf({ Status: 'Up 1 second (health: starting)' }), 'starting')
  t.equal(healthOf({ Status: 'Up 5 seconds' }), undefined)
})

t.test('a negative exit code is read as well', async (t) => {
  t.equal(endOf({ Status: 'Exited (-1) 1 second ago' }, false), 'exited with code -1')
})

t.test('an ID is what docker ps shows', async (t) => {
  t.equal(instanceID(listed()), '0123456789ab')
})
