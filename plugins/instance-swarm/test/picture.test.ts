import type { Service, SwarmNode, Task } from '@infrakit/docker'
import t from 'tap'
import { parked } from '../src/definition.js'
import { endOf, pictureOf } from '../src/picture.js'
import { node, service, task } from './things.js'

const ready = [node('a'), node('b')]
const lost = [node('a', { state: 'down' }), node('b')]
const over = { desiredState: 'shutdown' }
const coming: Partial<Task> = { state: 'preparing', nodeID: 'b', message: 'preparing' }
const failed: Partial<Task> = { ...over, state: 'failed', error: 'task: non-zero exit (3)', exitCode: 3 }
const again = { desiredState: 'ready', state: 'pending', nodeID: 'a' }
const stopped = { definition: parked(service().definition, true) }

const cases: [what: string, nodes: SwarmNode[], tasks: Task[], expected: object, more?: Partial<Service>][] = [
  ['it runs', ready, [task(1)], { kind: 'running', node: { id: 'a' } }],
  ['its node is lost', lost, [task(1)], { kind: 'unknown', node: { id: 'a' } }],
  ['its node is cut off', [node('a', { state: 'unknown' })], [task(1)], { kind: 'unknown' }],
  ['the swarm makes another elsewhere', lost, [task(1, over), task(2, coming)], { kind: 'unknown', node: { id: 'a' } }],
  [
    'no other node is found',
    lost,
    [task(1, over), task(2, { state: 'pending', nodeID: '', error: 'no suitable node' })],
    { kind: 'unknown' },
  ],
  ['it was moved', lost, [task(1, over), task(2, { nodeID: 'b' })], { kind: 'running', node: { id: 'b' } }],
  [
    'it is being started on a lost node',
    lost,
    [task(1, { state: 'starting' })],
    { kind: 'unknown', node: { id: 'a' } },
  ],
  [
    'its node was removed',
    [node('b')],
    [task(1, { ...over, state: 'orphaned' }), task(2, coming)],
    { kind: 'starting', reason: /its node was lost; the swarm starts it again/ },
  ],
  ['it is being started', ready, [task(1, coming)], { kind: 'starting', reason: 'is being started (preparing)' }],
  ['its health is not known yet', ready, [task(1, { state: 'starting' })], { kind: 'starting', reason: 'is starting' }],
  [
    'no node for it',
    ready,
    [task(1, { state: 'pending', nodeID: '', error: 'no suitable node' })],
    { kind: 'starting', reason: 'waits for a node: no suitable node' },
  ],
  [
    'it ended and comes again',
    ready,
    [task(1, failed), task(2, again)],
    { kind: 'starting', reason: 'exited with code 3; the swarm starts it again' },
  ],
  [
    'it ended, and the swarm has not seen that yet',
    ready,
    [task(1, failed), task(2, { ...failed, desiredState: 'running' })],
    { kind: 'starting', reason: 'exited with code 3; the swarm has yet to say what becomes of it' },
  ],
  ['it ended for good', ready, [task(1, failed)], { kind: 'failed', reason: 'exited with code 3' }],
  ['it ended for good on a node that is lost', lost, [task(1, failed)], { kind: 'unknown' }],
  ['it is done', ready, [task(1, { ...over, state: 'complete' })], { kind: 'failed', reason: 'exited with code 0' }],
  ['it has only been made', ready, [], { kind: 'starting', reason: /has not begun/ }],
  ['it is parked', ready, [task(1, over)], { kind: 'stopped' }, stopped],
  ['it is parked, and its node lost', lost, [task(1, over)], { kind: 'stopped' }, stopped],
]

for (const [what, nodes, tasks, expected, more] of cases) {
  t.test(what, async (t) => {
    const byID = new Map(nodes.map((one) => [one.id, one]))
    t.match(pictureOf(service({}, {}, more), tasks, byID), expected)
    t.match(pictureOf(service({}, {}, more), [...tasks].reverse(), byID), expected, 'whatever the order')
  })
}

t.test('how a task ended', async (t) => {
  t.equal(
    endOf({ state: 'failed', exitCode: 137, error: 'task: non-zero exit (137)' }),
    'exited with code 137 (SIGKILL)',
  )
  const unhealthy = 'task: non-zero exit (143): dockerexec: unhealthy container'
  t.equal(endOf({ state: 'failed', exitCode: 143, error: unhealthy }), 'was unhealthy')
  t.equal(endOf({ state: 'rejected', exitCode: 0, error: 'No such image: x' }), 'No such image: x')
  t.equal(endOf({ state: 'shutdown', exitCode: 0, error: '' }), 'was ended by the swarm')
})
