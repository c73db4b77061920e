import { tag, type Tags } from '@infrakit/spi'
import t from 'tap'
import { endpointsOf } from '../src/endpoints.js'
import { outdatedTwin } from '../src/in-place.js'
import { ingressProblem } from '../src/ingress.js'
import { chooseNode } from '../src/node-choice.js'
import { nodeName } from '../src/node-names.js'
import { parked } from '../src/definition.js'
import { definitionOf, node, service, task } from './things.js'

t.test('the node of an instance that stays there', async (t) => {
  const nodes = [
    node('c', { labels: { disk: 'ssd' } }),
    node('b', { engineLabels: { zone: 'x' }, role: 'worker' }),
    node('a', { state: 'down' }),
    node('d', { availability: 'drain' }),
  ]
  const choose = (constraints: string[], taken: string[] = [], logicalID?: string) =>
    chooseNode(nodes, { constraints, logicalID }, new Set(taken)).id
  t.equal(choose([]), 'b', 'the first that may be used')
  t.equal(choose([], ['b']), 'c')
  t.equal(choose(['node.labels.disk == SSD']), 'c', 'without regard to case, as the swarm has it')
  t.equal(choose(['node.labels.disk!=ssd']), 'b')
  t.equal(choose(['engine.labels.zone==x', 'node.role==worker']), 'b')
  t.equal(choose(['node.hostname==c', 'node.platform.os==linux']), 'c', 'what is not known here the swarm judges')
  t.equal(choose([], [], 'c'), 'c', 'a logical ID that names a node')
  t.equal(choose([], [], 'db-1'), 'b', 'one that names none')
  t.throws(() => choose([], ['b', 'c']), { kind: 'unavailable', message: /no node is left/, hint: /Mode: global/ })
  t.throws(() => choose([], ['c'], 'c'), { message: /the node c is not to be had/ })
  t.throws(() => choose([], [], 'a'), { message: /the node a is not to be had/ })
})

t.test('nodes by name', async (t) => {
  const nodes = [node('abcdefgh', { hostname: 'vm' }), node('b', { hostname: 'vm' }), node('c')]
  t.equal(nodeName(node('c'), nodes), 'c')
  t.equal(nodeName(node('abcdefgh', { hostname: 'vm' }), nodes), 'vm-abcde', 'where others have the same')
})

t.test('endpoints: ports of the node, of all nodes, and its own addresses', async (t) => {
  const port = { targetPort: 80, publishedPort: 20_001, protocol: 'tcp', mode: 'host' }
  const ingress = { targetPort: 81, publishedPort: 30_000, protocol: 'tcp', mode: 'ingress' }
  const addresses = [
    { network: 'ingress', address: '10.9.0.1' },
    { network: 'backend', address: '10.1.0.1' },
  ]
  const found = endpointsOf(
    service({}, {}, { ports: [ingress, port] }),
    task(1, { ports: [port, port], addresses }),
    node('a'),
  )
  t.same(found, [
    { Host: '10.0.0.1', Port: 20_001, ContainerPort: 80, Protocol: 'tcp' },
    { Host: '10.0.0.1', Port: 30_000, ContainerPort: 81, Protocol: 'tcp' },
    { Host: '10.1.0.1', Port: 80, ContainerPort: 80, Protocol: 'tcp' },
    { Host: '10.1.0.1', Port: 81, ContainerPort: 81, Protocol: 'tcp' },
  ])
})

t.test('ingress serves where the kernel has IP_VS; of other machines nobody knows', async (t) => {
  const wanted = { definition: definitionOf({ ports: [{ target: 80, mode: 'ingress' }] }) }
  const [local, remote] = [
    [{ address: { kind: 'unix', path: '/x' } as const }],
    [{ address: { kind: 'tcp', host: 'h', port: 1 } as const }],
  ]
  t.match(
    ingressProblem(wanted, local, () => false),
    /no IP_VS/,
  )
  t.equal(
    ingressProblem(wanted, local, () => true),
    undefined,
  )
  t.equal(
    ingressProblem(wanted, remote, () => false),
    undefined,
  )
  t.equal(
    ingressProblem({ definition: definitionOf({ ports: [80] }) }, local, () => false),
    undefined,
  )
})

t.test('an outdated twin', async (t) => {
  const tags = (hash: string, group = 'g'): Tags => ({ [tag.group]: group, [tag.configHash]: hash })
  const old = service({}, { Tags: tags('old') })
  const wanted = (properties: object) => definitionOf(properties)['Labels'] as Record<string, string>
  const twin = (services: (typeof old)[], properties: object, Tags: Tags | null, busy = false) =>
    outdatedTwin(services, wanted(properties), { Tags }, () => busy)
  const limited = { deploy: { resources: { limits: { memory: '1g' } } } }
  t.equal(twin([old], limited, tags('new')), old)
  t.equal(twin([old], limited, tags('old')), undefined, 'it is current')
  t.equal(twin([old], limited, tags('new', 'other')), undefined, 'of another group')
  t.equal(twin([old], limited, null), undefined, 'of no group')
  t.equal(twin([old], { image: 'shop:2' }, tags('new')), undefined, 'something else has changed')
  t.equal(twin([old], limited, tags('new'), true), undefined, 'it is about to go')
  t.equal(twin([{ ...old, definition: parked(old.definition, true) }], limited, tags('new')), undefined, 'it is parked')
})
