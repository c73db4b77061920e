import type { ListedContainer } from '@infrakit/docker'
import t from 'tap'
import { endOf, endpointsOf, healthOf, instanceID, stateOf } from '../src/listed.js'

function listed(more: Partial<ListedContainer> = {}): ListedContainer {
  const [name, image] = ['web-1', 'app']
  const nothing = { labels: {}, ports: [], containerPorts: [], addresses: {} }
  return { id: '0123456789abcdef', name, image, imageId: '', state: 'running', status: 'Up', ...nothing, ...more }
}

const addresses = { bridge: '172.17.0.2', none: '' }

t.test('a published port is reached at the host, and at the container itself', async (t) => {
  const ports = [
    { hostIp: '0.0.0.0', hostPort: 32768, containerPort: 80, protocol: 'tcp' },
    { hostIp: '::', hostPort: 32768, containerPort: 80, protocol: 'tcp' },
    { hostIp: '127.0.0.1', hostPort: 32769, containerPort: 53, protocol: 'udp' },
  ]
  const containerPorts = [
    { port: 443, protocol: 'tcp' },
    { port: 80, protocol: 'tcp' },
    { port: 53, protocol: 'udp' },
  ]
  t.same(endpointsOf(listed({ ports, containerPorts, addresses }), 'docker.example'), [
    { Host: '127.0.0.1', Port: 32769, ContainerPort: 53, Protocol: 'udp' },
    { Host: 'docker.example', Port: 32768, ContainerPort: 80, Protocol: 'tcp' },
    { Host: '172.17.0.2', Port: 53, ContainerPort: 53, Protocol: 'udp' },
    { Host: '172.17.0.2', Port: 80, ContainerPort: 80, Protocol: 'tcp' },
    { Host: '172.17.0.2', Port: 443, ContainerPort: 443, Protocol: 'tcp' },
  ])
})

t.test('one without ports listens nowhere', async (t) => {
  t.same(endpointsOf(listed({ addresses }), 'localhost'), [])
})

const none = { parked: false, outOfMemory: false }
const exited = { state: 'exited', status: 'Exited (137) 2 minutes ago' } as const

for (const [what, container, known, expected] of [
  ['one that runs', {}, none, {}],
  ['one that ended', exited, none, { State: 'failed', StateReason: 'exited with code 137 (SIGKILL)' }],
  [
    'one that ended well',
    { ...exited, status: 'Exited (0) now' },
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
    { state: 'restarting', status: 'Restarting (1) 3 seconds ago' },
    none,
    { StateReason: 'exited with code 1; the engine starts it again' },
  ],
  ['a paused one', { state: 'paused', status: 'Up 3 seconds (Paused)' }, none, { StateReason: 'is paused' }],
  ['one that is dead', { state: 'dead', status: 'Dead' }, none, { State: 'failed', StateReason: 'ended' }],
  [
    'one that is going',
    { state: 'removing', status: 'Removal In Progress' },
    none,
    { State: 'failed', StateReason: 'is being removed' },
  ],
] as const) {
  t.test(`the state of ${what}`, async (t) => {
    t.same(stateOf(listed(container), known), expected)
  })
}

t.test('health is what the engine says, and nothing where it does not check', async (t) => {
  t.equal(healthOf({ status: 'Up 5 seconds (healthy)' }), 'healthy')
  t.equal(healthOf({ status: 'Up 5 seconds (unhealthy)' }), 'unhealthy')
  t.equal(healthOf({ status: 'Up 1 second (health: starting)' }), 'starting')
  t.equal(healthOf({ status: 'Up 5 seconds' }), undefined)
})

t.test('a negative exit code is read as well', async (t) => {
  t.equal(endOf({ status: 'Exited (-1) 1 second ago' }, false), 'exited with code -1')
})

t.test('an ID is what docker ps shows', async (t) => {
  t.equal(instanceID(listed()), '0123456789ab')
})
