import type { SwarmNode } from '@infrakit/docker'
import { StartWatch } from '@infrakit/host'
import { health } from '@infrakit/spi'
import t from 'tap'
import type { Role } from '../src/allocation.js'
import { judge, judgeNode } from '../src/judge.js'
import { engineLabels, linkFor, linkTags, memberOf } from '../src/link.js'

const node = (more: Partial<SwarmNode> = {}): SwarmNode => ({
  id: 'n1',
  version: 1,
  hostname: 'h',
  labels: {},
  engineLabels: { 'infrakit-link': 'L' },
  role: 'worker',
  availability: 'active',
  state: 'ready',
  message: '',
  address: '10.0.0.2',
  isLeader: false,
  reachability: '',
  updatedAt: '',
  ...more,
})

t.test('a node', async (t) => {
  const manager = { role: 'manager', reachability: 'reachable' } as const
  const cases: [string, Partial<SwarmNode>, Role, number, RegExp][] = [
    ['that is ready', {}, 'worker', health.healthy, /^node n1 is ready$/],
    ['that was drained by hand', { availability: 'drain' }, 'worker', health.healthy, /set to drain/],
    [
      'that is down',
      { state: 'down', message: 'heartbeat failure' },
      'worker',
      health.unhealthy,
      /down \(heartbeat failure\)/,
    ],
    ['that nobody knows of', { state: 'unknown' }, 'worker', health.unknown, /unknown/],
    ['that is disconnected', { state: 'disconnected' }, 'worker', health.unknown, /disconnected/],
    ['that manages', manager, 'manager', health.healthy, /ready/],
    ['that manages no more', {}, 'manager', health.unhealthy, /demoted/],
    [
      'that others do not reach',
      { ...manager, reachability: 'unreachable' },
      'manager',
      health.unhealthy,
      /do not reach it/,
    ],
    ['that was promoted by hand', manager, 'worker', health.healthy, /ready/],
  ]
  for (const [name, more, role, expected, reason] of cases) {
    t.match(judgeNode(node(more), role), { Health: expected, Reason: reason }, name)
  }
})

t.test('an instance', async (t) => {
  const joining = { starts: new StartWatch(), timeoutMs: 1000 }
  const ask = (id: string, nodes: SwarmNode[], timeoutMs = 1000) =>
    judge({ ID: id }, 'L', nodes, 'worker', { ...joining, timeoutMs })
  const other = node({ engineLabels: { 'infrakit-link': 'other' } })
  t.match(ask('i', [other]), { Health: health.unknown, Reason: 'no node has the label infrakit-link=L yet' })
  t.match(ask('i', [other], 0), { Health: health.unhealthy, Reason: /did not join in time/ })
  t.match(ask('i', [other, node()]), { Health: health.healthy })
  t.match(ask('i', [node({ state: 'down' }), node()]), { Health: health.healthy }, 'it has joined a second time')
  t.match(ask('i', [node({ state: 'down' })]), { Health: health.unhealthy })
  t.match(ask('i', [other]), { Health: health.unhealthy, Reason: /was taken out of the swarm/ }, 'it has been there')
})

t.test('links', async (t) => {
  const spec = (key?: string) => ({
    Spec: { LogicalID: 'm1', Tags: { 'infrakit.group': 'g', ...(key ? { 'infrakit.provision': key } : {}) } },
  })
  t.equal(linkFor(spec('k')), linkFor(spec('k')), 'the same provision has the same')
  t.not(linkFor(spec('k')), linkFor(spec('l')))
  t.not(linkFor(spec()), linkFor(spec()), 'without a key each has another one')
  t.equal(memberOf(spec()), 'g/m1')
  t.equal(memberOf({ Spec: {} }), undefined)
  t.same(linkTags('L', 'worker', 'S'), {
    'infrakit-link': 'L',
    'infrakit-link-context': 'swarm::S::worker',
    'swarm-id': 'S',
  })
  t.same(engineLabels({ tier: 'app' }, 'L', 'manager', undefined, 'g/m1'), [
    'infrakit-link=L',
    'infrakit-link-context=swarm::?::manager',
    'infrakit-member=g/m1',
    'tier=app',
  ])
})
